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
	http.SetCookie(w, s.cookie("lodge-link", secret, linkAge))
	return s.Redirect(w, r, to)
}

// CarriedLink is that secret, "" if there is none.
func (s *Site) CarriedLink(r *http.Request) string {
	if c, err := r.Cookie(s.cookieName("lodge-link")); err == nil {
		return c.Value
	}
	return ""
}

// DropLink forgets it, once it was used.
func (s *Site) DropLink(w http.ResponseWriter) { http.SetCookie(w, s.cookie("lodge-link", "", -1)) }
