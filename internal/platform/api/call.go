package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

const (
	maxBody    = 1 << 20 // bytes of a JSON body
	maxText    = 1000    // bytes of a parameter
	answerTime = 60 * time.Second
)

// call is one request on its way.
type call struct {
	Caller
	api  *API
	r    *http.Request
	w    http.ResponseWriter
	key  string // idempotency key, '' = none
	body []byte
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// guard stands before every operation.
func (s *API) guard(op Op, right who.Action, read func(*call) error) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		c := &call{api: s, r: r, w: w}
		err := s.admit(c, right)
		if err == nil {
			err = parameters(r, ctx.Operation())
		}
		if err == nil {
			err = read(c)
		}
		answerBy(w)
		if err != nil {
			s.fail(w, r, &c.Caller, err)
			return
		}
		if s.Answered != nil {
			web.After(r.Context(), func(ctx context.Context) { s.Answered(ctx, c.Caller) })
		}
		next(huma.WithValue(ctx, callKey{}, c))
	}
}

// answerBy gives the caller time to take the answer, by the machine's clock. The pace of the body is the site's.
func answerBy(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(clock.Real{}.Now().Add(answerTime)) // absent on a recorder
}

// admit finds out who calls and whether that is enough: 401, 429, 404, 403 in this order.
func (s *API) admit(c *call, right who.Action) error {
	address := web.RemoteIP(c.r)
	if err := s.limit(c.w.Header(), s.Rates.Network, network(address)); err != nil {
		return err
	}
	token, err := s.bearer(c.r)
	if err != nil {
		return err
	}
	customer, err := customerOf(c.r)
	if err != nil {
		return s.unknown(c, token, address, err)
	}
	c.Caller, err = s.Resolve(c.r.Context(), Asked{Token: token, Customer: customer, Address: address})
	if c.Actor.Zone == nil {
		c.Actor.Zone = time.UTC
	}
	if c.Token != "" {
		if err := s.limits(c); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if c.Held[right] && !c.has(s.Scope(right)) {
		f := fault.New(fault.Forbidden, "api.scope_missing", "scope", s.Scope(right))
		f.Right = string(right)
		return f
	}
	return c.Actor.Must(right)
}

// unknown is the answer to an address that nobody can have: what a token without rights would get comes first.
func (s *API) unknown(c *call, token, address string, missing error) error {
	_, err := s.Resolve(c.r.Context(), Asked{Token: token, Address: address})
	if err != nil {
		return err
	}
	return missing
}

// bearer is the token of a call. One in the address is refused whatever the header says: it stands in logs and histories now.
func (s *API) bearer(r *http.Request) (string, error) {
	address, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil {
		address = r.URL.RawQuery
	}
	for _, word := range strings.FieldsFunc(r.URL.Path+"&"+address, func(c rune) bool { return strings.ContainsRune("/?&=;, ", c) }) {
		if s.Shaped(word) {
			return "", fault.New(fault.SignIn, "api.token_in_address")
		}
	}
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return "", fault.New(fault.SignIn, "api.sign_in")
	}
	scheme, token, _ := strings.Cut(all[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || !s.Shaped(token) {
		return "", fault.New(fault.SignIn, "api.sign_in")
	}
	return token, nil
}

// customerOf is the number after /for/. NotFound for what is no number: nobody has it.
func customerOf(r *http.Request) (int64, error) {
	text := r.PathValue("customer")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || text != strconv.FormatInt(n, 10) {
		return 0, fault.Missing()
	}
	return n, nil
}

// parameters reads the query as strictly as the body: nothing unknown, nothing twice, nothing out of range.
func parameters(r *http.Request, op *huma.Operation) error {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.New(fault.BadRequest, "api.address_unreadable")
	}
	known := map[string]*huma.Schema{}
	for _, p := range op.Parameters {
		if p.In == "query" {
			known[p.Name] = p.Schema
		}
	}
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	var c fault.Check
	for _, name := range names {
		values := given[name]
		schema, ok := known[name]
		c.Need(ok, name, "api.parameter_unknown")
		c.Need(len(values) == 1, name, "api.parameter_twice")
		if ok && len(values) == 1 {
			parameter(&c, name, values[0], schema)
		}
	}
	return c.Err()
}

func parameter(c *fault.Check, name, value string, schema *huma.Schema) {
	c.Need(len(value) <= maxText && utf8.ValidString(value) && !strings.ContainsRune(value, 0), name, "api.parameter_unreadable")
	switch schema.Type {
	case "integer":
		n, err := strconv.ParseInt(value, 10, 64)
		c.Need(err == nil && value == strconv.FormatInt(n, 10), name, "api.number_expected")
		if schema.Minimum != nil && schema.Maximum != nil {
			c.Need(float64(n) >= *schema.Minimum && float64(n) <= *schema.Maximum, name, "api.number_range", "from", int64(*schema.Minimum), "to", int64(*schema.Maximum))
		}
	case "boolean":
		c.Need(value == "true" || value == "false", name, "api.boolean_expected")
	case "string":
		c.Need(len(schema.Enum) == 0 || slices.Contains(schema.Enum, any(value)), name, "api.word_unknown", "words", words(schema.Enum))
	}
}

func words(enum []any) string {
	var all []string
	for _, v := range enum {
		if s, ok := v.(string); ok && s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

// readBody reads and checks the body of an operation whose body is a t, nil for none. huma reads the same bytes again.
func (c *call) readBody(t reflect.Type) error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return nil
	}
	if e := c.r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return fault.New(http.StatusUnsupportedMediaType, "api.media_type", "type", "application/json")
	}
	if c.r.ContentLength > maxBody {
		return fault.New(fault.TooLarge, "api.body_large", "size", fault.Msg("lang.megabytes", "size", maxBody>>20))
	}
	b, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if f := fault.Of(err); f != nil {
		return f // too slow
	}
	if err != nil {
		return fault.New(fault.BadRequest, "api.body_cut")
	}
	if len(b) > maxBody {
		return fault.New(fault.TooLarge, "api.body_large", "size", fault.Msg("lang.megabytes", "size", maxBody>>20))
	}
	c.body = b
	c.r.Body = io.NopCloser(bytes.NewReader(b))
	if t == nil && len(b) == 0 {
		return nil
	}
	if err := mediaType(c.r); err != nil {
		return err
	}
	if t == nil {
		t = reflect.TypeFor[struct{}]()
	}
	return decode(b, reflect.New(t).Interface())
}

func mediaType(r *http.Request) error {
	want := "application/json"
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	ok := err == nil && len(r.Header.Values("Content-Type")) == 1 && (kind == want || r.Method == http.MethodPatch && kind == "application/merge-patch+json")
	if charset, said := params["charset"]; said && !strings.EqualFold(charset, "utf-8") {
		ok = false
	}
	if !ok {
		return fault.New(http.StatusUnsupportedMediaType, "api.media_type", "type", want)
	}
	return nil
}

// readyToRead checks what the head of a stream says of its body.
func (c *call) readyToRead(op Op) error {
	if op.Brings == "" {
		return c.readBody(nil)
	}
	largest := max(op.Largest, maxBody)
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	ok := err == nil && kind == op.Brings || op.Brings == "application/octet-stream" // bytes are bytes, whatever a program calls them
	if e := c.r.Header.Get("Content-Encoding"); !ok || e != "" && e != "identity" {
		return fault.New(http.StatusUnsupportedMediaType, "api.media_type", "type", op.Brings)
	}
	if c.r.ContentLength < 0 {
		return fault.New(http.StatusLengthRequired, "api.length_missing")
	}
	if c.r.ContentLength > largest {
		return fault.New(fault.TooLarge, "api.body_large", "size", fault.Msg("lang.megabytes", "size", int(largest>>20)))
	}
	return nil
}
