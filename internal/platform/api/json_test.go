package api

import (
	"strings"
	"testing"

	"lodge/internal/platform/fault"
)

type example struct {
	Title string `json:"title"`
	Count int    `json:"count"`
	User  struct {
		Email string `json:"email"`
	} `json:"user"`
	List []string       `json:"list"`
	Note Change[string] `json:"note"`
}

func TestAttack_API_05_JSON_that_two_readers_read_differently_is_refused(t *testing.T) {
	for body, want := range map[string]string{
		`{"title":"a","title":"b"}`:          "api.body_unreadable",
		`{"user":{"email":"a","email":"b"}}`: "api.body_unreadable",
		"\ufeff" + `{"title":"a"}`:           "api.body_unreadable",
		`{"title":"a"} {"title":"b"}`:        "api.body_unreadable",
		`{"title":"a"}x`:                     "api.body_unreadable",
		`{"title":"a"`:                       "api.body_unreadable",
		``:                                   "api.body_unreadable",
		`{"title":"\ud800"}`:                 "api.body_unreadable",
		`{"title":"\udc00\ud800"}`:           "api.body_unreadable",
		"{\"title\":\"\xff\"}":               "api.body_unreadable",
		`{"title":'a'}`:                      "api.body_unreadable",
		`{"title":"a",}`:                     "api.body_unreadable",
		`{"count":01}`:                       "api.body_unreadable",
		`{"count":NaN}`:                      "api.body_unreadable",
		`{"count":9007199254740993}`:         "api.number_inexact",
		`{"count":-9007199254740993}`:        "api.number_inexact",
		`{"count":1e400}`:                    "api.number_inexact",
		`{"x":99999999999999999999999}`:      "api.number_inexact",
		strings.Repeat("[", 10_000):          "api.body_deep",
		`{"list":` + strings.Repeat(`{"a":`, 10_000) + `1`: "api.body_deep",
	} {
		var v example
		err := decode([]byte(body), &v)
		if f := fault.Of(err); f == nil || f.Code != want || f.Kind != fault.BadRequest {
			t.Errorf("%.60q: %v, want %s", body, err, want)
		}
	}
	for body, at := range map[string]string{
		`{"Title":"a"}`:                 "Title",
		`{"TITLE":"a"}`:                 "TITLE",
		`{"state":"closed"}`:            "state",
		`{"user":{"Email":"a"}}`:        "user.Email",
		`{"title":null}`:                "title",
		`{"list":null}`:                 "list",
		`{"user":null}`:                 "user",
		`{"list":["a",null]}`:           "list.1",
		`{"title":["a"]}`:               "title",
		`{"title":{"a":1}}`:             "title",
		`{"title":1}`:                   "title",
		`{"count":"1"}`:                 "count",
		`{"count":1.5}`:                 "count",
		`{"user":["a"]}`:                "user",
		`{"note":7}`:                    "note",
		`{"list":{"0":"a"}}`:            "list",
		`[]`:                            "",
		`null`:                          "",
		`"title"`:                       "",
		`{"title":"a","is_staff":true}`: "is_staff",
	} {
		var v example
		err := decode([]byte(body), &v)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != at {
			t.Errorf("%q: %v %+v, want a refusal at %q", body, err, f, at)
		}
	}
	var v example
	if err := decode([]byte(` {"title":"Ł\ud83d\ude00","count":9007199254740992,"user":{"email":"e"},"list":["x"],"note":null} `), &v); err != nil {
		t.Fatal(err)
	}
	if v.Title != "Ł😀" || v.Count != 1<<53 || v.User.Email != "e" || len(v.List) != 1 || !v.Note.Set || v.Note.Value != "" {
		t.Errorf("%+v", v)
	}
	var absent example
	if err := decode([]byte(`{"note":"new"}`), &absent); err != nil || absent.Note.Or("old") != "new" {
		t.Errorf("%+v %v", absent, err)
	}
	if err := decode([]byte(`{}`), &v); err != nil || (Change[string]{}).Or("old") != "old" {
		t.Error("a change that is absent changes something")
	}
}

func FuzzAttack_API_05_decode(f *testing.F) {
	f.Add([]byte(`{"title":"a","user":{"email":"b"},"list":["c"],"note":null,"count":1}`))
	f.Add([]byte(`{"title":"a","title":"b"}`))
	f.Add([]byte("\ufeff{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v example
		if err := decode(b, &v); err != nil && fault.Of(err) == nil {
			t.Errorf("%q: %v is no fault", b, err)
		}
	})
}
