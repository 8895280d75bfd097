package support

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Templates are this package's pages.
//
//go:embed pages/*.tmpl
var Templates embed.FS

// Pages are the handlers of requests and desk; package app gives them their addresses.
type Pages struct {
	Requests *Requests
	Files    *blob.Store
	Site     *web.Site
}

// to leads to a request's page, with a green notice if one is given.
func (p Pages) to(w http.ResponseWriter, r *http.Request, number string, done ...fault.Message) error {
	return p.Site.Redirect(w, r, web.Path(r)+placeOf(number), done...)
}

// upload stores the files of a form and adds those that an earlier try of the same form has stored.
func (p Pages) upload(ctx context.Context, a who.Actor, files []*web.File, kept []string) (all []ticket.Upload, err error) {
	for _, k := range kept {
		if id, name, ok := strings.Cut(k, "|"); ok {
			all = append(all, ticket.Upload{Blob: id, Name: name})
		}
	}
	if len(all)+len(files) > ticket.MaxFiles {
		var c fault.Check
		c.Need(false, "files", "ticket.files_many", "max", ticket.MaxFiles)
		return all, c.Err()
	}
	for _, f := range files {
		u, err := p.store(ctx, a, f)
		if err != nil {
			return all, err
		}
		all = append(all, u)
	}
	return all, nil
}

func (p Pages) store(ctx context.Context, a who.Actor, f *web.File) (ticket.Upload, error) {
	body, err := f.Open()
	if err != nil {
		return ticket.Upload{}, err
	}
	defer body.Close()
	b, err := p.Files.Put(ctx, a, f.Size, body)
	return ticket.Upload{Blob: b.ID, Name: f.Name}, err
}

// keep are the hidden fields by which a refused form still has its files.
func keep(all []ticket.Upload) (kept []kept) {
	for _, u := range all {
		kept = append(kept, keptFile(u))
	}
	return kept
}

type kept struct{ Value, Name string }

func keptFile(u ticket.Upload) kept {
	return kept{u.Blob + "|" + u.Name, blob.CleanName(u.Name)}
}

// fileCodes are refusals of an upload that the form itself can show, at its files.
var fileCodes = []string{"blob.file_too_large", "blob.quota", "blob.size_differs", "blob.disk_full"}

// refused is web.Refused with an upload's refusal put at the files, and drops what was kept if a claim of it failed.
func refused(err error, codes ...string) (*fault.Error, bool) {
	f, ok := web.Refused(err, append(slices.Clip(fileCodes), codes...)...)
	if ok && slices.Contains(fileCodes, f.Code) {
		f = &fault.Error{Kind: f.Kind, Code: f.Code, Text: f.Text, Fields: []fault.Field{{Name: "files", Text: f.Text}}}
	}
	return f, ok
}

// conflicts are refusals that a request's page shows itself, with what was typed.
var conflicts = []string{"ticket.changed", "ticket.not_open", "ticket.move_refused", "ticket.action_over", "ticket.not_a_draft", "once.other_body",
	"support.unsent_newer", "support.unsent_sent", "support.unsent_many", "support.no_contract"}

// whole reads a whole number, 0 for what is none: the use case refuses that.
func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// count is "9 open requests", or beyond what is counted "More than 99 open requests", which is the second key.
func count(key, many string, n int) fault.Message {
	if n > web.Cap {
		return fault.Msg(many, "n", web.Cap)
	}
	return fault.Msg(key, "n", n)
}

// status is a state in the one vocabulary.
func status(s ticket.State) web.Status {
	st := web.Status{Word: web.Say("ticket.state_" + s.Key())}
	switch s {
	case ticket.Draft:
		st.Tone, st.Icon = web.Idle, "circle-dashed"
	case ticket.New:
		st.Tone, st.Icon = web.Info, "circle-dot"
	case ticket.PartnerAnalysis, ticket.VendorAnalysis:
		st.Tone, st.Icon = web.Info, "progress"
	case ticket.Waiting:
		st.Tone, st.Icon = web.Idle, "clock-pause"
	case ticket.SolutionProposed:
		st.Tone, st.Icon = web.Info, "checklist"
	case ticket.Refused:
		st.Tone, st.Icon = web.Warn, "thumb-down"
	case ticket.Reopened:
		st.Tone, st.Icon = web.Warn, "rotate"
	case ticket.Closed:
		st.Tone, st.Icon = web.Idle, "circle-check"
	default:
		st.Tone, st.Icon = web.Idle, "circle-off"
	}
	return st
}

// title is a request's title, or that it has none yet.
func title(s string) web.Text {
	if s == "" {
		return web.Say("support.untitled")
	}
	return web.Data(s)
}

func stateOptions(states ...ticket.State) (all []web.Option) {
	for _, s := range states {
		all = append(all, web.Option{Value: string(s), Label: web.Say("ticket.state_" + s.Key())})
	}
	return all
}

func severityOptions() (all []web.Option) {
	for n := 1; n <= 4; n++ {
		all = append(all, web.Option{Value: strconv.Itoa(n), Label: web.Say("ticket.severity_" + strconv.Itoa(n))})
	}
	return all
}

func productOptions(of []Choice) (all []web.Option) {
	for _, c := range of {
		all = append(all, web.Option{Value: c.Code, Label: web.Data(c.Name)})
	}
	return all
}
