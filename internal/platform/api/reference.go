package api

import (
	"embed"
	"encoding/json"
	"html"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

// reference is the page that shows the description to people: in English, as the names in it are, inside the frame of the reader's language.
type reference struct {
	Title    string
	About    prose
	Base     string
	Example  string
	Chapters []chapter
	Scopes   []Scope
	Statuses []status
	Types    []typeShown
}

type chapter struct {
	ID, Name   string
	Operations []shown
}

type shown struct {
	ID, Method, Path string
	For              string // the same for a customer; '' = there is none
	Summary          string
	Text             prose
	Scope, Right     string
	Parameters       table
	Body             *bodyShown
	Answers          []answerShown
}

type bodyShown struct {
	Media   string
	Members table
}

// table is a list of members under a name that only screen readers say.
type table struct {
	Caption string
	Rows    []member
}

type answerShown struct {
	Status  string
	Means   prose
	Link    string // to the chapter about the status; '' of success
	Media   string
	Members table
}

type member struct {
	Name, In, Type string
	Text           prose
	Link           string // to the type
	Required       bool
}

type status struct {
	Code  string
	Means prose
}

// prose is text in which words of programs stand between backticks.
type prose string

// HTML is the prose as a page shows it.
func (p prose) HTML() template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(string(p), "`") {
		if i%2 == 1 {
			b.WriteString("<code>" + html.EscapeString(part) + "</code>")
		} else {
			b.WriteString(html.EscapeString(part))
		}
	}
	return template.HTML(b.String())
}

type typeShown struct {
	ID      string
	Members table
}

var referencePage = web.Page[reference]{Name: "api/reference", Title: "api.reference", Public: true}

// Check compares the template of the reference with its type.
func Check(s *web.Site) error { return referencePage.Check(s) }

// Reference is the handler of the page.
func (s *API) Reference(site *web.Site) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		if _, err := s.describe(); err != nil {
			return err
		}
		return referencePage.Render(site, w, r, a, http.StatusOK, s.reference())
	}
}

// meanings are the statuses that every operation may answer with, in one sentence each.
var meanings = []status{
	{"400", "The address or the body cannot be read, or a cursor or key is not what this portal gave."},
	{"401", "There is no token, or it opens nothing: unknown, expired, revoked, or its maker or owner is out. All look alike."},
	{"403", "The token lacks the scope, or its maker the right; `scope` and `right` name it. Nothing was changed."},
	{"404", "It does not exist, or not for this token: nobody can tell which."},
	{"405", "The address has no such method; `Allow` lists those that it has."},
	{"408", "The body came too slowly; nothing was saved."},
	{"409", "State, version or uniqueness stand against it, or a call with the same idempotency key is still running (`Retry-After`)."},
	{"411", "A stream needs `Content-Length`."},
	{"412", "It has changed since the version in `If-Match` was read."},
	{"413", "The body is too large: one megabyte of JSON; files as their operation says."},
	{"414", "The address is longer than eight kilobytes."},
	{"415", "The body has another media type than the operation reads, or is compressed."},
	{"416", "The part that `Range` asks for does not lie in the file."},
	{"421", "The request was meant for another host."},
	{"422", "A member or parameter is refused; `errors` points at each. Or an idempotency key was used with another body."},
	{"428", "A change needs `If-Match`."},
	{"429", "Too many calls: `Retry-After` says when to go on. `RateLimit-Limit`, `-Remaining` and `-Reset` stand in every answer."},
	{"500", "Our mistake. `reference` finds it in our log."},
	{"503", "The database or the store of files does not answer; `Retry-After` says when to ask again."},
}

func (s *API) reference() reference {
	o := s.OpenAPI()
	v := reference{Title: s.Title, About: prose(o.Info.Description), Base: s.BaseURL + Base, Scopes: s.Scopes, Statuses: meanings,
		Example: "curl -H \"Authorization: Bearer $LODGE_TOKEN\" " + s.BaseURL + Base + "/requests"}
	for _, op := range s.Operations {
		if op.For {
			continue
		}
		i := slices.IndexFunc(v.Chapters, func(c chapter) bool { return c.Name == op.Tag })
		if i < 0 {
			v.Chapters = append(v.Chapters, chapter{ID: "chapter-" + strings.ToLower(strings.ReplaceAll(op.Tag, " ", "-")), Name: op.Tag})
			i = len(v.Chapters) - 1
		}
		v.Chapters[i].Operations = append(v.Chapters[i].Operations, s.shown(o, op))
	}
	schemas := o.Components.Schemas.Map()
	names := make([]string, 0, len(schemas))
	for name := range schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v.Types = append(v.Types, typeShown{name, table{name, members(schemas[name])}})
	}
	return v
}

func (s *API) shown(o *huma.OpenAPI, op Operation) shown {
	d := described(o, op)
	v := shown{Parameters: table{Caption: op.Summary + ": parameters"}, ID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Text: prose(op.Text), Scope: op.Scope, Right: string(op.Right)}
	if slices.ContainsFunc(s.Operations, func(other Operation) bool { return other.For && other.ID == op.ID }) {
		v.For = Base + "/for/{customer}" + op.Op.Path
	}
	for _, p := range d.Parameters {
		m := member{Name: p.Name, In: p.In, Text: prose(p.Description), Required: p.Required}
		if p.Schema != nil {
			m.Type, m.Link = kind(p.Schema)
			if m.Text == "" {
				m.Text = prose(p.Schema.Description)
			}
		}
		v.Parameters.Rows = append(v.Parameters.Rows, m)
	}
	if d.RequestBody != nil {
		for media, m := range d.RequestBody.Content {
			v.Body = &bodyShown{Media: media, Members: table{op.Summary + ": body", members(resolve(o, m.Schema))}}
		}
	}
	for _, code := range sortedKeys(d.Responses) {
		r := d.Responses[code]
		a := answerShown{Status: code, Means: prose(r.Description)}
		if code >= "400" {
			a.Link = "#status-" + code
		} else {
			for media, m := range r.Content {
				a.Media = media
				a.Members = table{op.Summary + ": " + code, members(resolve(o, m.Schema))}
			}
		}
		v.Answers = append(v.Answers, a)
	}
	return v
}

// described is the operation as the description has it.
func described(o *huma.OpenAPI, op Operation) *huma.Operation {
	item := o.Paths[op.Path]
	switch op.Method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	}
	return item.Delete
}

func resolve(o *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return o.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func members(s *huma.Schema) (all []member) {
	if s == nil {
		return nil
	}
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		m := member{Name: name, Text: prose(p.Description), Required: slices.Contains(s.Required, name)}
		m.Type, m.Link = kind(p)
		all = append(all, m)
	}
	return all
}

// kind is a type in a few words, and where it is described.
func kind(s *huma.Schema) (words, link string) {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return name, "#type-" + name
	}
	if s.Type == "array" && s.Items != nil {
		of, at := kind(s.Items)
		return "array of " + of, at
	}
	words = s.Type
	switch {
	case words == "":
		words = "any"
	case s.Format != "":
		words = s.Type + " (" + s.Format + ")"
	}
	if len(s.Enum) > 0 {
		var options []string
		for _, e := range s.Enum {
			b, err := json.Marshal(e)
			if err == nil {
				options = append(options, strings.Trim(string(b), `"`))
			}
		}
		words = strings.Join(options, " · ")
	}
	if s.Minimum != nil && s.Maximum != nil {
		words += " " + strconv.FormatInt(int64(*s.Minimum), 10) + "–" + strconv.FormatInt(int64(*s.Maximum), 10)
	}
	return words, ""
}

func sortedKeys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
