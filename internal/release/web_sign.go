package release

import (
	"context"
	"io"
	"net/http"
	"strings"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// MaxSignature is how many bytes of a .sig file are read: more than any has.
const MaxSignature = 4 << 10

// AddSignatures takes detached signatures of files of a draft, each a file of its own.
func (p Pages) AddSignatures(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Files []*web.File `form:"signatures"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	var c fault.Check
	c.Need(len(f.Files) > 0, "signatures", "release.file_missing")
	err := c.Err()
	for _, file := range f.Files {
		if err == nil {
			err = p.addSignature(r, a, file)
		}
	}
	return p.done(w, r, a, nil, err, fault.Msg("release.done_signed", "n", len(f.Files)))
}

func (p Pages) addSignature(r *http.Request, a who.Actor, file *web.File) error {
	body, err := file.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, MaxSignature))
	if err != nil {
		return err
	}
	return p.Releases.AddSignature(r.Context(), a, r.PathValue("release"), file.Name, string(text))
}

// Signature sends the .sig of a file that is included. It is no line of the history.
func (p Pages) Signature(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.Releases.sendSignature(w, r, a, r.PathValue("file"))
}

func (s *Releases) sendSignature(w http.ResponseWriter, r *http.Request, a who.Actor, id string) error {
	f, _, err := s.Fetch(r.Context(), a, id)
	if err == nil && f.Signature == "" {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	text := f.Signature + "\n"
	open := func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text[offset : offset+length])), nil
	}
	return web.SendFile(w, r, web.Attachment{Name: f.Name + ".sig", Size: int64(len(text)), SHA256: "sig-" + f.SHA256, Open: open})
}

// keysPage is the list of keys with the form for another one.
type keysPage struct {
	Crumbs  web.Crumbs
	Summary []web.Notice
	Heads   web.Heads
	Rows    []keyRow
	Action  string // address; empty for those who only look
	Fields  []web.Field
}

type keyRow struct {
	ReleaseKey
	Short  string // beginning of the public key
	Status web.Status
	End    string // address; empty unless the reader may
	Field  web.Field
}

var keysOf = web.Page[keysPage]{Name: "release/keys", Title: "release.keys"}

type keyForm struct {
	Name   string `form:"name"`
	Public string `form:"public"`
	From   string `form:"from"`
	Until  string `form:"until"`
}

// KeysForm shows the keys.
func (p Pages) KeysForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.keys(w, r, a, http.StatusOK, keyForm{From: p.today(a)}, "", nil)
}

func (p Pages) today(a who.Actor) string { return clock.Day(p.Site.Clock.Now(), a.Zone) }

// keys shows them as they are, with what was typed; of is the key whose form was refused, "" for the new one.
func (p Pages) keys(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f keyForm, of string, no *fault.Error) error {
	all, err := p.Releases.Keys(r.Context(), a)
	if err != nil {
		return err
	}
	at := web.Path(r) + "/releases"
	page := keysPage{Heads: web.Heads{Columns: []web.Column{{Label: web.Say("release.key")}, {Label: web.Say("release.state"), Width: "w-230"}, {Label: web.Say("release.act"), Hidden: true, Width: "w-230"}}}}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("release.releases")}, {Label: web.Say("release.keys")}}}
	pr := p.Site.Printer(r, a)
	for _, k := range all {
		row := keyRow{ReleaseKey: k, Short: k.Public[:16], Status: keyStatus(k, p.today(a), pr.Day)}
		if a.May(Manage) && (k.Until == "" || k.Until >= p.today(a)) {
			row.End = at + "/keys/" + k.ID + "/end"
			row.Field = web.Field{Name: "until", ID: "until-" + k.ID, Type: "date", Label: web.Say("release.key_until"), Value: k.Until, Short: true}
			if of == k.ID {
				row.Field.Value = f.Until
				row.Field = row.Field.With(no)
			}
		}
		page.Rows = append(page.Rows, row)
	}
	if a.May(Manage) {
		page.Action = at + "/keys"
		page.Fields = []web.Field{
			{Name: "name", Label: web.Say("release.key_name"), Hint: web.Say("release.key_name_hint"), Value: f.Name, Required: true, Max: maxName},
			{Name: "public", Type: "textarea", Rows: 3, Label: web.Say("release.key_public"), Hint: web.Say("release.key_public_hint"), Value: f.Public, Required: true},
			{Name: "from", Type: "date", Label: web.Say("release.key_from"), Value: f.From, Required: true, Short: true},
			{Name: "until", Type: "date", Label: web.Say("release.key_until"), Value: f.Until, Optional: true, Short: true},
		}
		if of == "" && no != nil {
			page.Summary = web.Summary(no, web.Told(no, page.Fields)...)
		}
	}
	return keysOf.Render(p.Site, w, r, a, status, page)
}

func keyStatus(k ReleaseKey, today string, day func(string) string) web.Status {
	switch {
	case today < k.From:
		return web.Status{Tone: web.Idle, Icon: "clock-pause", Word: web.Say("release.key_later"), Note: web.Say("release.key_from_on", "day", day(k.From))}
	case !k.On(today):
		return web.Status{Tone: web.Idle, Icon: "ban", Word: web.Say("release.key_over"), Note: web.Say("release.key_until_on", "day", day(k.Until))}
	case k.Until == "":
		return web.Status{Tone: web.OK, Icon: "signature", Word: web.Say("release.key_now"), Note: web.Say("release.key_from_on", "day", day(k.From))}
	}
	return web.Status{Tone: web.OK, Icon: "signature", Word: web.Say("release.key_now"), Note: web.Say("release.key_until_on", "day", day(k.Until))}
}

// AddKey adds a key.
func (p Pages) AddKey(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f keyForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	_, err := p.Releases.AddKey(r.Context(), a, NewKey(f))
	if no, ok := web.Refused(err, "release.key_taken", "release.keys_many", "once.other_body"); ok {
		if no.At("public").Key == "release.key_private" {
			f.Public = "" // shown nowhere again
		}
		return p.keys(w, r, a, int(no.Kind), f, "", no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/releases/keys", fault.Msg("release.done_key", "name", f.Name))
}

// EndKey gives a key its last day.
func (p Pages) EndKey(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f keyForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Releases.EndKey(r.Context(), a, r.PathValue("key"), f.Until)
	if no, ok := web.Refused(err); ok {
		return p.keys(w, r, a, int(no.Kind), keyForm{From: p.today(a), Until: f.Until}, r.PathValue("key"), no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/releases/keys", fault.Msg("release.done_key_ended"))
}

// signing is what the page of a draft says about signatures.
type signing struct {
	To      string          // address; empty if nothing can be added
	Demand  bool            // the product wants them
	Command *web.Disclosure // to be run where the private key is
	Field   web.Field
}

// quoted is a file's name as a shell takes it for one word.
func quoted(name string) string { return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'" }

func signingOf(at string, rel Full) *signing {
	names := ""
	for _, f := range rel.Files {
		if f.Signature == "" {
			names += " " + quoted(f.Name)
		}
	}
	s := &signing{To: at + "/signatures", Demand: rel.Of.Signed,
		Field: web.Field{Name: "signatures", Type: "file", Label: web.Say("release.add_signatures"), Accept: ".sig", Multiple: true}}
	if names != "" {
		s.Command = &web.Disclosure{Summary: web.Say("release.how_to_sign"), Text: "lodge release sign --key KEY --product " + rel.Of.ID + names, Copy: true}
	}
	return s
}
