// Package fault is the one kind of error that a person gets to see.
//
// A use case returns a fault for everything that the caller could have done differently. Any other error is ours: it
// becomes a 500 with a reference number, and its text stays in the log.
package fault

import (
	"errors"
	"net/http"
	"time"
)

// Kind says what went wrong in the terms of HTTP, so that pages and API answer alike.
type Kind int

const (
	BadRequest  Kind = http.StatusBadRequest   // cannot be parsed
	SignIn      Kind = http.StatusUnauthorized // nobody is signed in, or not any more
	Forbidden   Kind = http.StatusForbidden    // can be seen, may not be done
	NotFound    Kind = http.StatusNotFound     // missing, or not for these eyes: nobody can tell which
	Conflict    Kind = http.StatusConflict     // context, version, state or uniqueness
	TooLarge    Kind = http.StatusRequestEntityTooLarge
	Misdirected Kind = http.StatusMisdirectedRequest  // a host that this portal does not answer for
	Invalid     Kind = http.StatusUnprocessableEntity // a field is refused
	TooMany     Kind = http.StatusTooManyRequests
	Internal    Kind = http.StatusInternalServerError
	Unavailable Kind = http.StatusServiceUnavailable
)

// Message is a key of the message catalogue with its arguments as pairs of name and value.
type Message struct {
	Key  string
	Args []any
}

// Day is a civil day in a message, YYYY-MM-DD: each reader gets it as his language writes days.
type Day string

// Msg is a Message: Msg("ticket.too_long", "max", 300).
func Msg(key string, args ...any) Message { return Message{key, args} }

// Field is a message at one field of a form or one pointer of a body.
type Field struct {
	Name string // "email"
	Text Message
}

// Error is safe to show: Text is a sentence for a person, Fields are messages at the fields.
type Error struct {
	Kind       Kind
	Code       string  // stable word for programs, "account.email_taken"; also the key of Text unless Text says otherwise
	Text       Message // what the person reads
	Fields     []Field
	Right      string        // the missing right of a Forbidden; the error page looks up who can give it
	RetryAfter time.Duration // of TooMany and Unavailable
	Err        error         // for the log only
}

// New is a fault whose text has its code as key: New(Conflict, "ticket.closed", "number", n).
func New(k Kind, code string, args ...any) *Error {
	return &Error{Kind: k, Code: code, Text: Message{code, args}}
}

// Missing is the answer for what is not there or not for these eyes. All of them are equal.
func Missing() *Error { return New(NotFound, "fault.not_found") }

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Code + ": " + e.Err.Error()
	}
	return e.Code
}

func (e *Error) Unwrap() error { return e.Err }

// At is the message at a field, or an empty one.
func (e *Error) At(field string) Message {
	for _, f := range e.Fields {
		if f.Name == field {
			return f.Text
		}
	}
	return Message{}
}

// Of gives the fault in err, or nil.
func Of(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Status is the HTTP status of any error: 200 for none, 500 for what is not a fault.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if f := Of(err); f != nil {
		return int(f.Kind)
	}
	return http.StatusInternalServerError
}

// Is tells whether err is a fault with this code.
func Is(err error, code string) bool {
	f := Of(err)
	return f != nil && f.Code == code
}

// Check collects messages at fields, in the order in which they were found; the first one of a field stays.
type Check struct{ fields []Field }

// Need adds a message at the field unless ok.
func (c *Check) Need(ok bool, field, key string, args ...any) {
	if ok {
		return
	}
	for _, f := range c.fields {
		if f.Name == field {
			return
		}
	}
	c.fields = append(c.fields, Field{field, Message{key, args}})
}

// Err is nil if nothing was found.
func (c *Check) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "fault.invalid", Text: Message{"fault.invalid", []any{"n", len(c.fields)}}, Fields: c.fields}
}
