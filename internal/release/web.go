package release

import (
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages are the handlers of releases and downloads; package app gives them their addresses.
type Pages struct {
	Releases *Releases
	Site     *web.Site
}

// statusOf is a state in the one vocabulary.
func statusOf(state string, mandatory bool, reason string) web.Status {
	st := web.Status{Word: web.Say("release.state_" + state)}
	switch state {
	case Signed:
		st.Tone, st.Icon = web.Info, "signature"
	case Published:
		st.Tone, st.Icon = web.OK, "package"
		if mandatory {
			st.Tone, st.Icon, st.Word = web.Warn, "circle-arrow-up", web.Say("release.state_mandatory")
		}
	case Withdrawn:
		st.Tone, st.Icon, st.Note = web.Idle, "ban", web.Data(reason)
	default:
		st.Tone, st.Icon = web.Idle, "circle-dashed"
	}
	return st
}

// signedOf says who signed a file; nil where nobody did and nobody has to.
func signedOf(f File, demanded bool) *web.Status {
	switch {
	case f.Signature != "":
		return &web.Status{Tone: web.OK, Icon: "signature", Word: web.Say("release.signed_by", "name", f.KeyName)}
	case demanded:
		return &web.Status{Tone: web.Warn, Icon: "signature", Word: web.Say("release.signed_by_nobody")}
	}
	return nil
}

// about is what a file is, in words: "Full release, Windows x64".
func about(title string, f File) []web.Text {
	var all []web.Text
	if title != "" {
		all = append(all, web.Data(title))
	}
	if f.Kind != "other" {
		all = append(all, web.Say("release.kind_"+f.Kind))
	}
	if f.Platform != "any" {
		all = append(all, web.Say("release.platform_"+f.Platform))
	}
	if f.Arch != "any" {
		all = append(all, web.Say("release.arch_"+f.Arch))
	}
	return all
}

// to leads to a release's page, with a green notice if one is given.
func (p Pages) to(w http.ResponseWriter, r *http.Request, id string, done ...fault.Message) error {
	return p.Site.Redirect(w, r, web.Path(r)+"/releases/"+id, done...)
}

// Download sends a file of a release to the vendor's people, whatever its state; nothing is remembered of it.
func (p Pages) Download(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	f, err := p.Releases.File(r.Context(), a, r.PathValue("release"), r.PathValue("file"))
	if err != nil {
		return err
	}
	return web.SendFile(w, r, p.attachment(f))
}
