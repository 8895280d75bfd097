package api

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"lodge/internal/platform/fault"
)

const (
	maxDepth = 64
	maxExact = 1 << 53 // beyond it two readers of a number may see two numbers
)

// decode reads exactly one JSON value into v. BadRequest for what is no JSON that all readers read alike: a name twice, bytes that are no
// UTF-8, half a surrogate pair, a byte order mark, more after the end, a number that loses digits, too deep. Invalid, with the pointer as
// the field, for a member that v lacks (letter case counts), a value of another kind, and null where v is no Change.
func decode(b []byte, v any) error {
	if err := walk(b); err != nil {
		return err
	}
	err := json.Unmarshal(b, v, json.RejectUnknownMembers(true), json.WithUnmarshalers(notNull))
	if err == nil {
		return nil
	}
	if f := fault.Of(err); f != nil {
		return f
	}
	var c fault.Check
	wrong, ok := errors.AsType[*json.SemanticError](err)
	switch {
	case !ok:
		return unreadable(err)
	case errors.Is(err, json.ErrUnknownName):
		c.Need(false, name(wrong.JSONPointer), "api.member_unknown")
	case errors.Is(err, errNull):
		c.Need(false, name(wrong.JSONPointer), "api.null")
	default:
		c.Need(false, name(wrong.JSONPointer), "api.kind_other")
	}
	return c.Err()
}

var errNull = errors.New("null")

// notNull stands before every value: null would be read as nothing said, in silence.
var notNull = json.UnmarshalFromFunc(func(d *jsontext.Decoder, v any) error {
	if _, may := v.(nullable); d.PeekKind() == 'n' && !may {
		return errNull
	}
	return json.SkipFunc
})

// walk reads the value once for what the types do not say.
func walk(b []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		t, err := d.ReadToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
		if d.StackDepth() > maxDepth {
			return fault.New(fault.BadRequest, "api.body_deep", "max", maxDepth)
		}
		if t.Kind() == '0' && !exact(t.String()) {
			return fault.New(fault.BadRequest, "api.number_inexact")
		}
		if d.StackDepth() == 0 && d.InputOffset() < int64(len(b)) && len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
			return unreadable(errors.New("more after the end"))
		}
	}
}

// exact tells whether every reader sees the same number.
func exact(text string) bool {
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		return err == nil && n <= maxExact && n >= -maxExact
	}
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && f <= maxExact && f >= -maxExact
}

func unreadable(err error) error {
	f := fault.New(fault.BadRequest, "api.body_unreadable")
	f.Err = err
	return f
}

// name is a JSON pointer as the name of a field: "primary_user.email" for /primary_user/email.
func name(p jsontext.Pointer) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(p), "/"), "/", ".")
}

// Called gives the messages of a refusal the names by which the request has the fields of the use case.
func Called(err error, names map[string]string) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	called := *f
	called.Fields = slices.Clone(f.Fields)
	for i, field := range called.Fields {
		if name, ok := names[field.Name]; ok {
			called.Fields[i].Name = name
		}
	}
	return &called
}
