package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
)

// kept is what a person had typed into a form that could not be sent. The page shows it again and can send it on.
type kept struct {
	Number int64  // where it was written
	Action string // address that sends it there again; "" if it cannot be sent from here
	Seen   int64
	Key    string
	Multi  bool // the form could carry files
	Files  bool // it did, and they must be chosen again
	Fields []typed
	Hidden []Pair
	Here   Work   // of Number
	Now    *Work  // where the session works, if that is another
	There  string // address that sends the form for Now; "" if it makes no sense there
	stale  bool
	org    string // number in the form, where it is not the address's
}

type typed struct {
	Name  string
	Label Text
	Value string
	Long  bool
}

// secrets are never shown again, wherever they were typed.
var secrets = []string{"password", "secret", "code", "token", "totp", "otp", "pin"}

// keep copies the form. old is nil if nothing is stale and only the sign-in is missing.
func keep(r *http.Request, a who.Actor, old *stale) *kept {
	k := &kept{stale: old != nil && !old.person, Seen: a.Seen, Key: r.PostForm.Get("_key"), Multi: r.MultipartForm != nil}
	if number, customer, ok := Place(r); ok {
		k.Number = number
		if customer != 0 {
			k.Number = customer
		}
	}
	if k.stale {
		k.org = old.org
		k.Action = OwnPath(r.URL.RequestURI())
	}
	if r.MultipartForm != nil {
		for _, files := range r.MultipartForm.File {
			for _, f := range files {
				k.Files = k.Files || f.Filename != ""
			}
		}
	}
	for _, name := range inOrder(r.PostForm) {
		if strings.HasPrefix(name, "_") || secret(name) {
			continue
		}
		for _, v := range r.PostForm[name] {
			k.add(name, v)
		}
	}
	if len(k.Fields) == 0 && len(k.Hidden) == 0 && old == nil {
		return nil
	}
	return k
}

// reading is the order in which fields usually stand; a form that was parsed has forgotten its own.
var reading = []string{"title", "name", "first_name", "last_name", "email", "reference", "date", "text", "message", "description", "reason", "note", "notes"}

func inOrder(form url.Values) []string {
	names := slices.Sorted(maps.Keys(form))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

func rank(name string) int {
	if i := slices.Index(reading, name); i >= 0 {
		return i
	}
	return len(reading)
}

// add shows what somebody wrote, and carries the rest (choices, numbers of things) along.
func (k *kept) add(name, v string) {
	label := "web.field_" + name
	known := lang.Own(label)
	if strings.TrimSpace(v) == "" || (!known && !strings.ContainsAny(strings.TrimSpace(v), " \n")) {
		k.Hidden = append(k.Hidden, Pair{name, v})
		return
	}
	t := typed{Name: name, Value: v, Label: Data(name), Long: len(v) > 60 || strings.Contains(v, "\n")}
	if known {
		t.Label = Say(label)
	}
	k.Fields = append(k.Fields, t)
}

func secret(name string) bool {
	for _, s := range secrets {
		if strings.Contains(strings.ToLower(name), s) {
			return true
		}
	}
	return false
}

// choose names the places, and offers a second one to send the form to if the address names nothing that belongs to
// one organisation only: "/o/20418/requests/new" makes sense elsewhere, the address of one request does not.
func (k *kept) choose(r *http.Request, c Chrome) {
	k.Here = Work{Number: k.Number, Name: c.Where}
	second := c.Active
	for _, p := range c.Places {
		if p.Number == k.Number {
			k.Here = p
		}
		if k.org != "" && strconv.FormatInt(p.Number, 10) == k.org {
			second = &p
		}
	}
	if second == nil || second.Number == k.Number {
		return
	}
	k.Now = second
	rest := strings.TrimPrefix(r.URL.Path, Path(r))
	if _, customer, _ := Place(r); k.Action != "" && customer == 0 && !strings.ContainsAny(rest, "0123456789") && r.URL.RawQuery == "" {
		k.There = "/o/" + strconv.FormatInt(second.Number, 10) + rest
	}
}

// title says what disagrees: form and session, or form and address.
func (k *kept) title() Text {
	switch {
	case k.org != "":
		return Say("web.stale_address", "form", k.org, "now", k.Number)
	case k.Now != nil:
		return Say("web.stale_session", "form", k.Number, "now", k.Now.Number)
	}
	return Say("web.stale_switched")
}
