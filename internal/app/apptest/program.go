package apptest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Program is a client of the API with a token.
type Program struct {
	Token  string
	Header http.Header // of every call
	base   string
}

// Program is one with a token, ” for none.
func (p *Portal) Program(token string) *Program { return &Program{Token: token, base: p.URL} }

// Answer is what the API said.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Call sends JSON, or nothing if body is ”. What header says comes on top.
func (p *Program) Call(t testing.TB, method, path, body string, header ...string) Answer {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, p.base+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.Token != "" {
		req.Header.Set("Authorization", "Bearer "+p.Token)
	}
	for name, values := range p.Header {
		req.Header[name] = values
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "" {
			req.Header.Del(header[i])
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	return Send(t, req)
}

// Send sends a request as it is and reads the answer whole.
func Send(t testing.TB, r *http.Request) Answer {
	t.Helper()
	client := http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Answer{resp.StatusCode, resp.Header, string(b)}
}

// Get calls without a body.
func (p *Program) Get(t testing.TB, path string, header ...string) Answer {
	t.Helper()
	return p.Call(t, http.MethodGet, path, "", header...)
}

// Post sends JSON.
func (p *Program) Post(t testing.TB, path, body string, header ...string) Answer {
	t.Helper()
	return p.Call(t, http.MethodPost, path, body, header...)
}

// Into reads the body as JSON.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		t.Fatalf("%d %s: %v", a.Status, a.Body, err)
	}
}

// Problem is an error as the API says it.
type Problem struct {
	Type, Title, Detail, Code, Reference, Right, Scope string
	Status                                             int
	Errors                                             []struct{ Pointer, Message string }
}

// Problem reads the body as one, and fails the test if it is none.
func (a Answer) Problem(t testing.TB) (p Problem) {
	t.Helper()
	a.Into(t, &p)
	if a.Header.Get("Content-Type") != "application/problem+json" || p.Status != a.Status || p.Code == "" || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Reference, "E-") {
		t.Errorf("%d %s is no problem: %s", a.Status, a.Header.Get("Content-Type"), a.Body)
	}
	return p
}

// At are the pointers of the errors.
func (p Problem) At() (all []string) {
	for _, e := range p.Errors {
		all = append(all, e.Pointer)
	}
	return all
}

// Next is the path of the next page, ” if there is none.
func (a Answer) Next() string {
	link := a.Header.Get("Link")
	from, to := strings.Index(link, "/api/"), strings.Index(link, ">")
	if from < 0 || to < from || !strings.HasSuffix(link, `rel="next"`) {
		return ""
	}
	return link[from:to]
}
