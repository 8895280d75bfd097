package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"lodge/internal/platform/fault"
)

// Address is the path that was called: what was made by a POST is found below it.
func Address(ctx context.Context) string { return callOf(ctx).r.URL.Path }

// Paging are the parameters of a list: embed it.
type Paging struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most."`
	After string `query:"after" doc:"The cursor of the page before, from its Link header."`
}

// List is a page of items; Link leads to the next one.
type List[T any] struct {
	Link string `header:"Link" doc:"The next page, rel=\"next\", if there is one."`
	Body Items[T]
}

// Items are those of one page.
type Items[T any] struct {
	Items []T `json:"items"`
}

// Of makes a page of items. next is the key of the last row if there are more, else nil: it goes into the cursor as JSON.
func Of[T any](ctx context.Context, items []T, next any) (*List[T], error) {
	if items == nil {
		items = []T{}
	}
	l := &List[T]{Body: Items[T]{items}}
	if next == nil {
		return l, nil
	}
	b, err := json.Marshal(next)
	if err != nil {
		return nil, err
	}
	c := callOf(ctx)
	q := c.r.URL.Query()
	q.Set("after", base64.RawURLEncoding.EncodeToString(c.api.Keys.Seal(c.purpose(), b)))
	l.Link = "<" + c.api.BaseURL + c.r.URL.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
	return l, nil
}

// From reads the key that Of was given into key, and tells whether there is one. BadRequest for a cursor that was not made for this very
// caller, address and filter.
func (p Paging) From(ctx context.Context, key any) (bool, error) {
	if p.After == "" {
		return false, nil
	}
	c := callOf(ctx)
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(p.After)
	var b []byte
	if err == nil {
		b, err = c.api.Keys.Open(c.purpose(), sealed)
	}
	if err == nil {
		err = json.Unmarshal(b, key)
	}
	if err != nil {
		f := fault.New(fault.BadRequest, "api.cursor_unreadable")
		f.Err = err
		return false, f
	}
	return true, nil
}

// purpose is what a cursor is bound to: the owner of the token, whoever made it, the address, and all parameters but the place in the list.
func (c *call) purpose() string {
	q := url.Values{}
	for name, values := range c.r.URL.Query() {
		if name != "after" && name != "limit" {
			q[name] = values
		}
	}
	return strings.Join([]string{"api.cursor", c.Owner, c.Actor.Person, c.r.URL.Path, q.Encode()}, "\n")
}
