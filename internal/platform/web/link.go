package web

import (
	"net/http"
	"time"
)

// linkAge is how long a browser keeps the secret of a mailed link while its page is open.
const linkAge = 30 * time.Minute

// CarryLink takes the secret of a mailed link out of the address before anything is shown: into a cookie that no script
// and no other host reads, and on to a page without it. Nothing changes on the server, so scanners may follow the link.
func (s *Site) CarryLink(w http.ResponseWriter, r *http.Request, secret, to string) error {
	NoReferrer(w)
	s.Carry(w, "lodge-link", secret, linkAge)
	return s.Redirect(w, r, to)
}

// Carry gives the browser something to bring back for a while, in a cookie that no script and no other host reads.
func (s *Site) Carry(w http.ResponseWriter, name, value string, age time.Duration) {
	http.SetCookie(w, s.cookie(name, value, age))
}

// Carried is what the browser brings back, "" for nothing.
func (s *Site) Carried(r *http.Request, name string) string {
	if c, err := r.Cookie(s.cookieName(name)); err == nil {
		return c.Value
	}
	return ""
}

// Drop forgets it.
func (s *Site) Drop(w http.ResponseWriter, name string) { http.SetCookie(w, s.cookie(name, "", -1)) }

// CarriedLink is that secret, "" if there is none.
func (s *Site) CarriedLink(r *http.Request) string { return s.Carried(r, "lodge-link") }

// DropLink forgets it, once it was used.
func (s *Site) DropLink(w http.ResponseWriter) { s.Drop(w, "lodge-link") }
