package lang_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lodge/internal/platform/lang"
)

func TestFormsAreThoseOfTheLanguage(t *testing.T) {
	for l, want := range map[string][]string{"en": {"one", "other"}, "fr": {"one", "other"}, "es": {"one", "other"}, "pl": {"few", "many", "one", "other"}} {
		if got := lang.Forms(l); !slices.Equal(got, want) {
			t.Errorf("%s: %v", l, got)
		}
	}
}

func TestTheCheckFindsWhatIsWrongWithTexts(t *testing.T) {
	en := `{"x.a": "A {name}", "x.b": "B", "x.n": {"one": "{n}", "other": "{n}"}, "x.unused": "U", "x.state_open": "O", "x.page": "P", "x.html": "H", "x.late.y": "Y"}`
	all := `{"x.a": "A {name}", "x.b": "B", "x.n": {"one": "{n}", "other": "{n}"}, "x.unused": "U", "x.state_open": "O", "x.page": "P", "x.html": "H", "x.late.y": "Y"}`
	pl := `{"x.a": "A {nazwa}", "x.n": {"one": "{n}", "other": "{n}"}, "x.unused": "U", "x.state_open": "O", "x.page": "P", "x.html": "H", "x.late.y": "Y", "x.more": "M"}`
	c, err := lang.New(fstest.MapFS{"lang/en.json": {Data: []byte(en)}, "lang/pl.json": {Data: []byte(pl)}, "lang/fr.json": {Data: []byte(all)}, "lang/es.json": {Data: []byte(all)}})
	if err != nil {
		t.Fatal(err)
	}
	root := fstest.MapFS{
		"x/x.go": {Data: []byte("package x\n\nvar p = web.Page[form]{Name: \"x/list\", Title: \"x.page\"}\n" +
			"func f() { fault.New(fault.Conflict, \"x.absent\"); c.Need(ok, \"field\", \"x.b\"); say(\"x.state_\" + s); _ = \"x.opened\"; g(fmt.Sprintf(\"x.late.%s\", s)) }\n")},
		"x/x_test.go":            {Data: []byte("package x\n\nvar _ = \"x.unused\"\n")},
		"x/pages/list.tmpl":      {Data: []byte(`{{define "x/list"}}<p title="{{t "x.html"}}">{{t "x.a" "name" .Name}} · {{t "x.gone"}} {{t "x.n" "n" 1}}</p>{{end}}`)},
		"x/pages/bad.tmpl":       {Data: []byte(`{{define "x/bad"}}<p>Hello there</p><input placeholder="Type here" value="5"><style>a b</style>{{end}}`)},
		"node_modules/y/y.tmpl":  {Data: []byte(`<p>Not ours</p>`)},
		"x/testdata/golden.tmpl": {Data: []byte(`<p>Golden</p>`)},
	}
	got := map[string]bool{}
	for _, s := range c.Check(root) {
		got[s] = true
	}
	for _, want := range []string{
		`pl: x.a has the arguments [nazwa], in English [name]`, `pl: x.b is missing`, `pl: x.n lacks the plural form "few"`, `pl: x.n lacks the plural form "many"`, `pl: x.more is not English`,
		`x.absent is used in x/x.go but stands in no catalogue`, `x.gone is used in x/pages/list.tmpl but stands in no catalogue`, `x.unused stands in the catalogue but is used nowhere`,
		`x/pages/bad.tmpl: the text "Hello there" is not translated`, `x/pages/bad.tmpl: the attribute placeholder="Type here" is not translated`,
	} {
		if !got[want] {
			t.Errorf("not found: %s", want)
		}
		delete(got, want)
	}
	for s := range got {
		if strings.HasPrefix(s, "x") || strings.Contains(s, ": ") { // the platform's own texts are not used by this little program
			t.Errorf("wrongly found: %s", s)
		}
	}
}
