package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Op says what an operation is.
type Op struct {
	ID      string // "list-requests"
	Method  string
	Path    string // below Base: "/requests/{number}"
	Tag     string // chapter of the reference
	Summary string // what it does, as a command in a few words
	Text    string // what else one has to know; Markdown
	Status  int    // of success; 0 = 200, or 204 for an answer without body
	Errors  []int  // beyond those that every operation has
	Largest int64  // bytes of a stream's body; 0 = a megabyte
	Brings  string // media type of a stream's body; '' = none
	Gives   string // media type of a stream's answer that is bytes
	Answer  any    // a value of the type that a stream answers with as JSON, by Send; nil = none
	Parts   bool   // a stream's answer comes in parts if Range asks for them: 206, 304 and 416 too
	Or      int    // of success too, with the same answer: in O's Status then; 0 = none
}

// Register adds an operation at Base+Path. I has the parameters (path:"…", query:"…", header:"…") and, if there is one, Body; O has
// header:"…" and Body. A struct that is embedded in them must be exported, or its parameters are not seen. In a GET, f runs in one snapshot of the database. What f returns besides faults is a 500.
//
// The actor is resolved and the scope and the right are checked before f is called.
func Register[I, O any](s *API, op Op, right who.Action, f func(ctx context.Context, a who.Actor, in *I) (*O, error)) {
	register(s, op, right, false, f)
}

// Context adds an operation of an organisation: of the token's owner at Base+Path, and of a customer at Base/for/{customer}+Path.
func Context[I, O any](s *API, op Op, right who.Action, f func(ctx context.Context, a who.Actor, in *I) (*O, error)) {
	register(s, op, right, false, f)
	register(s, op, right, true, f)
}

func register[I, O any](s *API, op Op, right who.Action, customer bool, f func(context.Context, who.Actor, *I) (*O, error)) {
	exported(reflect.TypeFor[I]())
	exported(reflect.TypeFor[O]())
	var body reflect.Type
	if field, ok := reflect.TypeFor[I]().FieldByName("Body"); ok {
		body = field.Type
	}
	h := s.operation(op, right, customer)
	h.Middlewares = huma.Middlewares{s.guard(op, right, func(c *call) error { return c.readBody(body) })}
	huma.Register(s.huma, h, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := once(ctx, c, func() (*O, error) {
			if op.Method != http.MethodGet {
				return f(ctx, c.Actor, in)
			}
			var out *O
			err := s.Store.Snapshot(ctx, func(ctx context.Context) (err error) {
				out, err = f(ctx, c.Actor, in)
				return err
			})
			return out, err
		})
		if err != nil {
			return nil, s.problem(c.w.Header(), c.r, &c.Caller, err)
		}
		return out, nil
	})
	if op.Or != 0 {
		answers := described(s.huma.OpenAPI(), s.Operations[len(s.Operations)-1]).Responses
		also := *answers[strconv.Itoa(op.Status)]
		also.Description = http.StatusText(op.Or)
		answers[strconv.Itoa(op.Or)] = &also
	}
}

// exported stops the program where a parameter would never be read, or a member of a body not be described.
func exported(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return
	}
	for f := range t.Fields() {
		if f.Anonymous && !f.IsExported() {
			panic("api: " + t.String() + " embeds " + f.Name + ", which is not exported")
		}
		if f.IsExported() {
			exported(f.Type)
		}
	}
}

// Streamed carries a stream's operation out: it reads the body and writes the answer itself, and has written nothing when it returns an error.
type Streamed[I any] func(w http.ResponseWriter, r *http.Request, a who.Actor, in *I) error

// Stream adds an operation whose body or answer is not JSON, at both addresses of an organisation if context is true. The actor's key is
// set for once.Do; the size of the body is in r.ContentLength and at most op.Largest.
func Stream[I any](s *API, op Op, right who.Action, context bool, f Streamed[I]) {
	stream(s, op, right, false, f)
	if context {
		stream(s, op, right, true, f)
	}
}

// Send answers a stream's call with JSON; location is ” where nothing was made.
func Send(w http.ResponseWriter, status int, location string, answer any) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if location != "" {
		w.Header().Set("Location", location)
	}
	w.WriteHeader(status)
	w.Write(text) // an error means that nobody listens any more
	return nil
}

type sent struct{ Body func(huma.Context) }

func stream[I any](s *API, op Op, right who.Action, customer bool, f Streamed[I]) {
	exported(reflect.TypeFor[I]())
	if op.Answer != nil {
		exported(reflect.TypeOf(op.Answer))
	}
	h := s.operation(op, right, customer)
	status := strconv.Itoa(max(op.Status, http.StatusOK))
	h.Responses[status] = &huma.Response{Description: http.StatusText(max(op.Status, http.StatusOK))}
	switch {
	case op.Answer != nil:
		schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(op.Answer), true, "")
		h.Responses[status].Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	case op.Gives != "":
		h.Responses[status].Content = map[string]*huma.MediaType{op.Gives: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	}
	if op.Status == http.StatusCreated {
		h.Responses[status].Headers = map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: "string"}}}
	}
	if op.Parts {
		h.Responses[status].Headers = map[string]*huma.Param{"ETag": {Schema: &huma.Schema{Type: "string"}}}
		for _, also := range []int{http.StatusPartialContent, http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable} {
			h.Responses[strconv.Itoa(also)] = &huma.Response{Description: http.StatusText(also)}
		}
		h.Responses["206"].Content = h.Responses[status].Content
	}
	h.Middlewares = huma.Middlewares{s.guard(op, right, func(c *call) error { return c.readyToRead(op) })}
	huma.Register(s.huma, h, func(ctx context.Context, in *I) (*sent, error) {
		c := callOf(ctx)
		if err := c.takeKey(); err != nil {
			return nil, s.problem(c.w.Header(), c.r, &c.Caller, err)
		}
		return &sent{func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			t := web.NewRolling(w)
			if err := f(t, r.WithContext(ctx.Context()), c.Actor, in); err != nil {
				if t.Wrote {
					s.log(r).ErrorContext(r.Context(), "stream broke off", "error", err)
					panic(http.ErrAbortHandler)
				}
				s.fail(w, r, &c.Caller, err)
			}
		}}, nil
	})
	if op.Brings != "" { // said afterwards: huma would read a body that it knows of
		described(s.huma.OpenAPI(), s.Operations[len(s.Operations)-1]).RequestBody = brought(op.Brings)
	}
}

// brought describes the body of a stream.
func brought(media string) *huma.RequestBody {
	octets := &huma.Schema{Type: "string", Format: "binary"}
	schema := octets
	if media == multipart {
		schema = &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"files": {Type: "array", Items: octets}}}
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{media: {Schema: schema}}}
}

const multipart = "multipart/form-data"

// operation is the description of an operation, and remembers it.
func (s *API) operation(op Op, right who.Action, customer bool) huma.Operation {
	s.prepare()
	s.names.chapter = op.Tag
	path, id := Base+op.Path, op.ID
	if customer {
		path, id = Base+"/for/{customer}"+op.Path, op.ID+"-for-customer"
	}
	scope := s.Scope(right)
	s.Operations = append(s.Operations, Operation{Op: op, Right: right, Scope: scope, Path: path, For: customer})
	h := huma.Operation{OperationID: id, Method: op.Method, Path: path, DefaultStatus: op.Status, Summary: op.Summary, Description: op.Text, Tags: []string{op.Tag},
		Security: []map[string][]string{{security: {scope}}}, SkipValidateBody: true, SkipValidateParams: true, MaxBodyBytes: -1, BodyReadTimeout: -1,
		Responses: map[string]*huma.Response{}}
	if customer {
		h.Parameters = append(h.Parameters, &huma.Param{Name: "customer", In: "path", Required: true, Description: "Number of the customer.",
			Schema: &huma.Schema{Type: "integer", Format: "int64"}})
	}
	usual := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable}
	if op.Method == http.MethodPost {
		usual = append(usual, http.StatusConflict)
		h.Parameters = append(h.Parameters, &huma.Param{Name: keyHeader, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: new(maxKey)},
			Description: "A call with a key is carried out once: sent again within 24 hours it gets the same answer."})
	}
	if op.Method != http.MethodGet && op.Method != http.MethodDelete {
		usual = append(usual, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range append(usual, op.Errors...) {
		h.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
	}
	return h
}

// Paths are the addresses of all operations with their methods, sorted: "GET /api/v1/requests".
func (s *API) Paths() []string {
	var all []string
	for _, op := range s.Operations {
		all = append(all, op.Method+" "+op.Path)
	}
	slices.Sort(all)
	return all
}

// once carries a call with an idempotency key out at most once, and gives the kept answer to the same call.
func once[O any](ctx context.Context, c *call, f func() (*O, error)) (*O, error) {
	kept, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	if kept != "" {
		out := new(O)
		c.w.Header().Set("Idempotency-Replayed", "true")
		return out, json.Unmarshal([]byte(kept), out)
	}
	out, err := f()
	if err != nil {
		return nil, c.forget(ctx, err)
	}
	var b bytes.Buffer
	if c.key != "" {
		if err := json.NewEncoder(&b).Encode(out); err != nil {
			return nil, err
		}
	}
	c.keep(ctx, strings.TrimSpace(b.String()))
	return out, nil
}
