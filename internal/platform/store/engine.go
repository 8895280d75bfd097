package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// engine is everything in which the two databases differ. Nothing outside this package knows which one runs.
type engine struct {
	name             string
	goose            goose.Dialect
	writing, reading *sql.TxOptions
	spell            func(string) string
	time             func(time.Time) any
	list             func(List) any
	lock             string                                                      // holds keys, in their order, until the transaction ends; empty where every writer is alone anyway
	together         func(ctx context.Context, c *sql.Conn, all []waiting) error // one way there and back for all; nil where there is no way
	exclusive        func(ctx context.Context, pool *sql.DB, name string, wait bool) (release func(), err error)
	plain            func(error) error
	proven           func(context.Context, *sql.DB) error // what must be true of a database before it is used
}

func open(url, direct string) (*DB, error) {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return openPostgres(url, direct)
	}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok && path != "" {
		return openLite(path)
	}
	scheme, _, _ := strings.Cut(url, ":") // the rest may hold a password
	return nil, fmt.Errorf("want sqlite:PATH or postgres://…, not %q", scheme+":…")
}

// List is many values as one parameter: `WHERE org_id = ANY($1)`. A sub-select over an unnested list instead is
// hundreds of times slower on PostgreSQL, because the planner cannot see how short it is.
type List []string

// bind turns times and lists into what the engine takes.
func (e *engine) bind(given []any) []any {
	args := slices.Clone(given)
	for i, a := range args {
		switch t := a.(type) {
		case time.Time:
			args[i] = nil // the zero time is NULL
			if !t.IsZero() {
				args[i] = e.time(t.UTC().Truncate(time.Microsecond))
			}
		case *time.Time:
			args[i] = nil
			if t != nil {
				args[i] = e.time(t.UTC().Truncate(time.Microsecond))
			}
		case List:
			args[i] = e.list(t)
		}
	}
	return args
}

// targets are the pointers that a row is scanned into.
func targets(v any) []any {
	p := reflect.ValueOf(v)
	if _, isTime := v.(*time.Time); isTime || p.Elem().Kind() != reflect.Struct {
		return []any{target(p)}
	}
	return fields(p.Elem())
}

// fields are the targets of a struct in order; an embedded one stands for its own fields.
func fields(p reflect.Value) (all []any) {
	for i := range p.NumField() {
		if f := p.Type().Field(i); f.Anonymous && f.Type.Kind() == reflect.Struct {
			all = append(all, fields(p.Field(i))...)
			continue
		}
		all = append(all, target(p.Field(i).Addr()))
	}
	return all
}

func target(p reflect.Value) any {
	switch t := p.Interface().(type) {
	case *time.Time:
		return instant{func(at time.Time) { *t = at }}
	case **time.Time:
		return instant{func(at time.Time) { *t = &at }}
	case *string:
		return orZero[string]{t}
	case *int:
		return orZero[int]{t}
	case *int64:
		return orZero[int64]{t}
	case *bool:
		return orZero[bool]{t}
	}
	switch p.Elem().Kind() {
	case reflect.String:
		return orZero[string]{p.Convert(reflect.TypeFor[*string]()).Interface().(*string)}
	case reflect.Int:
		return orZero[int]{p.Convert(reflect.TypeFor[*int]()).Interface().(*int)}
	}
	return p.Interface()
}

// orZero leaves the zero value for NULL.
type orZero[T any] struct{ to *T }

func (o orZero[T]) Scan(src any) error {
	var n sql.Null[T]
	if err := n.Scan(src); err != nil {
		return err
	}
	*o.to = n.V
	return nil
}

// instant scans a time from either engine; NULL leaves the zero value.
type instant struct{ set func(time.Time) }

func (i instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
	case time.Time:
		i.set(v.UTC())
	case string:
		t, err := time.Parse(layout, v)
		if err != nil {
			return err
		}
		i.set(t)
	default:
		return fmt.Errorf("%T is no time", src)
	}
	return nil
}
