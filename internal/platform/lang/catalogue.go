package lang

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed texts/*.json
var own embed.FS

// Fallback is the language of what is missing in another one.
const Fallback = "en"

// Languages are the languages of the portal in the order in which a reader is offered them: by their own names.
var Languages = []string{"en", "es", "fr", "pl"}

var names = map[string]string{"en": "English", "es": "Español", "fr": "Français", "pl": "Polski"}

// tags give the regional form of each language: day before month, 24 hours.
var tags = map[string]language.Tag{
	"en": language.BritishEnglish, "es": language.EuropeanSpanish, "fr": language.French, "pl": language.Polish,
}

var matcher = language.NewMatcher([]language.Tag{tags["en"], tags["es"], tags["fr"], tags["pl"]})

// Name is what a language calls itself.
func Name(code string) string { return names[code] }

// Known tells whether the portal speaks the language.
func Known(code string) bool { return names[code] != "" }

// Match picks the language for an Accept-Language header; English for none or an unreadable one.
func Match(acceptLanguage string) string {
	if len(acceptLanguage) > 200 { // parsing is not free, and no honest browser sends more
		return Fallback
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return Fallback
	}
	_, i, sure := matcher.Match(wanted...)
	if sure == language.No {
		return Fallback
	}
	return Languages[i]
}

// Catalogue holds the texts of all packages in all languages. It is safe for concurrent use.
type Catalogue struct {
	texts map[string]map[string]text // language, key
	print map[string]*message.Printer

	mu      sync.Mutex
	missing map[string]bool
}

// New merges lang/{en,fr,pl,es}.json of each file system with the platform's own texts. A key that two of them have, a
// file that is no flat JSON, or a form that is no plural form is an error.
func New(fss ...fs.FS) (*Catalogue, error) {
	c := &Catalogue{texts: map[string]map[string]text{}, print: map[string]*message.Printer{}, missing: map[string]bool{}}
	for _, l := range Languages {
		c.texts[l] = map[string]text{}
		c.print[l] = message.NewPrinter(tags[l])
		if err := c.load(own, "texts", l); err != nil {
			return nil, err
		}
		for _, f := range fss {
			if err := c.load(f, "lang", l); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func (c *Catalogue) load(f fs.FS, dir, l string) error {
	name := path.Join(dir, l+".json")
	b, err := fs.ReadFile(f, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // Check names each missing key; a package without texts needs no file
	}
	if err != nil {
		return err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if _, twice := c.texts[l][key]; twice {
			return fmt.Errorf("%s: the key %q stands in two catalogues", name, key)
		}
		t, err := parse(raw[key])
		if err != nil {
			return fmt.Errorf("%s: %s: %w", name, key, err)
		}
		c.texts[l][key] = t
	}
	return nil
}

// Missing are the keys that were asked for and stand in no language, sorted: a test's evidence.
func (c *Catalogue) Missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.missing))
}

// Has tells whether the key stands in the language's own catalogue.
func (c *Catalogue) Has(l, key string) bool {
	_, ok := c.texts[l][key]
	return ok
}

// text is one message: forms by CLDR plural form, "other" alone for a plain one.
type text struct {
	forms  map[plural.Form][]part
	plural bool
}

// part is a literal, or an argument's name.
type part struct {
	literal string
	arg     string
}

var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

func parse(raw json.RawMessage) (text, error) {
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		p, err := split(plain)
		return text{forms: map[plural.Form][]part{plural.Other: p}}, err
	}
	var byForm map[string]string
	if err := json.Unmarshal(raw, &byForm); err != nil {
		return text{}, errors.New("neither a text nor an object of plural forms")
	}
	t := text{forms: map[plural.Form][]part{}, plural: true}
	for name, s := range byForm {
		form, ok := formNames[name]
		if !ok {
			return text{}, fmt.Errorf("%q is no plural form", name)
		}
		p, err := split(s)
		if err != nil {
			return text{}, err
		}
		t.forms[form] = p
	}
	if _, ok := t.forms[plural.Other]; !ok {
		return text{}, errors.New(`the plural form "other" is missing`)
	}
	return t, nil
}

func split(s string) ([]part, error) {
	var parts []part
	for s != "" {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return append(parts, part{literal: s}), nil
		}
		if i > 0 {
			parts = append(parts, part{literal: s[:i]})
		}
		j := strings.IndexByte(s[i:], '}')
		if j < 2 {
			return nil, fmt.Errorf("a brace is not closed in %q", s)
		}
		parts = append(parts, part{arg: s[i+1 : i+j]})
		s = s[i+j+1:]
	}
	return parts, nil
}

// args are the names of a text's arguments, sorted, over all its forms.
func (t text) args() []string {
	found := map[string]bool{}
	if t.plural {
		found["n"] = true // a form such as "one" may leave it out
	}
	for _, parts := range t.forms {
		for _, p := range parts {
			if p.arg != "" {
				found[p.arg] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Own tells whether the key is one of the platform's own texts.
func Own(key string) bool { return ownKeys()[key] }

var ownKeys = sync.OnceValue(func() map[string]bool {
	keys := map[string]bool{}
	var raw map[string]json.RawMessage
	if b, err := own.ReadFile("texts/" + Fallback + ".json"); err == nil && json.Unmarshal(b, &raw) == nil {
		for k := range raw {
			keys[k] = true
		}
	}
	return keys
})
