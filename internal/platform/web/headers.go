package web

import (
	"net/http"
	"strings"
)

// filePolicy is for what is not a page: it may load and run nothing.
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// pagePolicy allows what carries this answer's nonce, and files of this portal. There are no inline handlers and no
// style attributes.
func pagePolicy(nonce string) string {
	return "default-src 'self'; script-src 'nonce-" + nonce + "' 'strict-dynamic'; style-src 'self' 'nonce-" + nonce +
		"'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// protect sets what every answer has, whatever becomes of it.
func (s *Site) protect(h http.Header, st *state) {
	h.Set("Content-Security-Policy", pagePolicy(st.nonce))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
	h.Set("X-Request-Id", st.id)
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
	personal(h) // until somebody knows better: assets do
}

// personal keeps an answer out of every cache, and apart from other people's where one keeps it all the same.
func personal(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Cookie, Authorization, Accept-Language")
}

// NoReferrer keeps this page's address to itself: for pages whose address holds a token.
func NoReferrer(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "no-referrer") }

// AllowFrames lets this page load what stands at these origins in frames.
func AllowFrames(w http.ResponseWriter, r *http.Request, origins ...string) {
	w.Header().Set("Content-Security-Policy", pagePolicy(stateOf(r.Context()).nonce)+"; frame-src "+strings.Join(origins, " "))
}
