package api

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"lodge/internal/platform/fault"
)

// Change is a member of a JSON Merge Patch (RFC 7396): not set where it is absent, and set to the zero value by null.
type Change[T any] struct {
	Set   bool
	Value T
}

// Or is the new value if there is one, else the present one.
func (c Change[T]) Or(present T) T {
	if c.Set {
		return c.Value
	}
	return present
}

// nullable is what null may stand for.
type nullable interface{ nullable() }

func (c *Change[T]) nullable() {}

// UnmarshalJSONFrom reads the value or null.
func (c *Change[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	c.Set = true
	if d.PeekKind() == 'n' {
		_, err := d.ReadToken()
		return err
	}
	return json.UnmarshalDecode(d, &c.Value)
}

// Schema describes it as a T or null.
func (c Change[T]) Schema(r huma.Registry) *huma.Schema {
	s := *huma.SchemaFromType(r, reflect.TypeFor[T]())
	s.Nullable = true
	return &s
}

// Conditional is the parameter of an operation that changes something: embed it.
type Conditional struct {
	IfMatch string `header:"If-Match" required:"true" doc:"The ETag that was read last: if the resource has changed since, nothing is done (412)."`
}

// Version is the version that the call is about. 428 without If-Match, 412 for one that no version has.
func (c Conditional) Version() (int64, error) {
	if c.IfMatch == "" || c.IfMatch == "*" {
		return 0, fault.New(428, "api.if_match_missing")
	}
	text, opened := strings.CutPrefix(c.IfMatch, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !opened || !closed {
		return 0, Stale()
	}
	return n, nil
}

// Stale is the answer where the resource has changed since it was read.
func Stale() error { return fault.New(412, "api.stale") }

// ETag is a version as a header.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
