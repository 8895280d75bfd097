package lang

import (
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/number"

	"lodge/internal/platform/fault"
)

// Printer is the catalogue in one language and one time zone. It is safe for concurrent use.
type Printer struct {
	c    *Catalogue
	lang string
	zone *time.Location
}

// For is the printer of a language, English for one that the portal does not speak; its zone is UTC.
func (c *Catalogue) For(language string) *Printer {
	if !Known(language) {
		language = Fallback
	}
	return &Printer{c: c, lang: language, zone: time.UTC}
}

// In is the same printer for a reader in another zone; nil leaves it as it is.
func (p *Printer) In(zone *time.Location) *Printer {
	if zone == nil {
		return p
	}
	return &Printer{c: p.c, lang: p.lang, zone: zone}
}

// Language is the printer's language, "pl".
func (p *Printer) Language() string { return p.lang }

// Zone is where the reader is.
func (p *Printer) Zone() *time.Location { return p.zone }

// T is the text of a key. Arguments are pairs of name and value. An int is a quantity and is written as the language
// groups digits; an int64 is a number that names something (of an organisation) and is written as it is. A time.Time
// is written as its day, a []string as a list, a fault.Day and a fault.Message are translated. A key that the language lacks is taken
// from English, one that English lacks is shown itself and remembered in Missing.
func (p *Printer) T(key string, args ...any) string {
	if key == "" {
		return ""
	}
	t, ok := p.c.texts[p.lang][key]
	if !ok {
		if t, ok = p.c.texts[Fallback][key]; !ok {
			p.c.mu.Lock()
			p.c.missing[key] = true
			p.c.mu.Unlock()
			return key
		}
	}
	parts := t.forms[plural.Other]
	if t.plural {
		if form, ok := t.forms[p.form(value(args, "n"))]; ok {
			parts = form
		}
	}
	var b strings.Builder
	for _, part := range parts {
		if part.arg == "" {
			b.WriteString(part.literal)
			continue
		}
		b.WriteString(p.Value(value(args, part.arg)))
	}
	return b.String()
}

// Msg is the text of a message, "" of an empty one.
func (p *Printer) Msg(m fault.Message) string { return p.T(m.Key, m.Args...) }

// Value writes one argument as T does.
func (p *Printer) Value(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return p.Number(v)
	case fault.Day:
		return p.Day(string(v))
	case fault.Message:
		return p.Msg(v)
	case time.Time:
		return p.Date(v)
	case time.Duration:
		return p.Span(v)
	case []string:
		return p.List(v)
	case Money:
		return p.Money(v)
	}
	return fmt.Sprint(v)
}

// Number is a quantity: 4,000 in English.
func (p *Printer) Number(n int) string { return p.c.print[p.lang].Sprint(number.Decimal(n)) }

// List joins names: "Anna, Piotr and Ewa".
func (p *Printer) List(of []string) string {
	switch len(of) {
	case 0:
		return ""
	case 1:
		return of[0]
	}
	last := len(of) - 1
	return p.T("lang.and", "first", strings.Join(of[:last], ", "), "last", of[last])
}

// form is the plural form of a count; what is no whole number is "other".
func (p *Printer) form(n any) plural.Form {
	var i int64
	switch n := n.(type) {
	case int:
		i = int64(n)
	case int64:
		i = n
	case int32:
		i = int64(n)
	default:
		return plural.Other
	}
	if i == math.MinInt64 {
		return plural.Other
	}
	if i < 0 {
		i = -i
	}
	// The rules look at the last six digits only; a number of more must not be cut to a small one, so the million stays.
	if i >= 10_000_000 {
		i = 1_000_000 + i%1_000_000
	}
	return plural.Cardinal.MatchPlural(tags[p.lang], int(i), 0, 0, 0, 0)
}

func value(args []any, name string) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}
