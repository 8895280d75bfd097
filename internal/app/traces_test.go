package app_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"lodge/internal/app/apptest"
)

// receiver is an OpenTelemetry receiver.
type receiver struct {
	mu    sync.Mutex
	spans []*trace.Span
	text  string // all that came, to search it
}

func (o *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	b, err := io.ReadAll(body)
	var got collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(b, &got)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(r.URL.Path, err), http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text += got.String()
	for _, resource := range got.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			o.spans = append(o.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func TestTraces_of_requests_jobs_and_statements_name_nobody(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	anna := p.As(t, "customer-admin")
	got := &receiver{}
	server := httptest.NewServer(got)
	defer server.Close()
	if err := p.Traces(t.Context(), server.URL, "test"); err != nil {
		t.Fatal(err)
	}
	base := fmt.Sprintf("/o/%d", p.World.Organisations["customer"].Number)
	form := anna.Get(t, base+"/contacts/new").Hidden()
	for name, value := range map[string]string{"first_name": "Canary", "last_name": "Trace", "email": "canary@kowalski-maszyny.example", "role": "support-restricted"} {
		form.Set(name, value)
	}
	if s := anna.Post(t, base+"/contacts/new", form); s.Status != 303 {
		t.Fatalf("invite: %d", s.Status)
	}
	_, link := p.Mail(t, "canary@kowalski-maszyny.example", "invitation")
	p.Nobody(t).Get(t, strings.TrimPrefix(link, p.URL))
	p.Nobody(t).Post(t, "/sign-in", url.Values{"email": {"canary@kowalski-maszyny.example"}, "password": {"a canary of a password"}})
	anna.Get(t, "/invented/canary?q=canary")
	anna.Do(t, "CANARY", base+"/", nil, nil)
	anna.Do(t, "GET", base+"/contacts", nil, http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}})
	for range 2 {
		anna.Get(t, "/healthz") // when it is answered, nothing of the request before is left to do
	}
	p.Stop()

	names := map[string]*trace.Span{}
	parents := map[string]int{}
	for _, s := range got.spans {
		names[s.Name] = s
		if s.Name == "sql" {
			i := slices.IndexFunc(got.spans, func(x *trace.Span) bool { return string(x.SpanId) == string(s.ParentSpanId) })
			if i < 0 {
				t.Errorf("a statement belongs to nothing: %v", s)
				continue
			}
			parents[got.spans[i].Name]++
		}
	}
	for _, want := range []string{"POST /o/{number}/contacts/new", "mail.send"} {
		if parents[want] == 0 {
			t.Errorf("no statements of %q; spans: %v", want, parents)
		}
	}
	if s := names["GET /o/{number}/contacts"]; s == nil || len(s.ParentSpanId) != 0 {
		t.Errorf("a stranger's trace goes on: %v", s)
	}
	for _, secret := range []string{"canary", "Canary", "CANARY", "20417", "kowalski", strings.TrimPrefix(link, p.URL+"/invitation/")} {
		if strings.Contains(got.text, secret) {
			t.Errorf("traces name %q", secret)
		}
	}
}

func TestTraces_hold_nobody_up_when_the_receiver_is_gone(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if err := p.Traces(t.Context(), gone.URL, "test"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if got := p.Nobody(t).Get(t, "/sign-in"); got.Status != 200 {
			t.Errorf("%d", got.Status)
		}
	}
	for _, bad := range []string{"", "127.0.0.1:4318", "ftp://127.0.0.1/"} {
		if err := p.Traces(t.Context(), bad, "test"); err == nil {
			t.Errorf("%q is taken as a receiver", bad)
		}
	}
}
