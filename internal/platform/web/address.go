package web

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// maxAddress is the longest address that is read, in bytes.
const maxAddress = 8 << 10

// maxNext is the longest address that a sign-in leads back to.
const maxNext = 2048

// Place are the numbers in an organisation's address: /o/{number}/… and /o/{number}/for/{customer}/…; customer is 0
// without the second part. It reads the address itself, so it holds for addresses that no page has, too.
func Place(r *http.Request) (number, customer int64, ok bool) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) < 3 || parts[1] != "o" {
		return 0, 0, false
	}
	if number, ok = positive(parts[2]); !ok {
		return 0, 0, false
	}
	if len(parts) > 3 && parts[3] == "for" {
		if len(parts) < 5 {
			return 0, 0, false
		}
		if customer, ok = positive(parts[4]); !ok {
			return 0, 0, false
		}
	}
	return number, customer, true
}

// positive reads a number as it is written in addresses: digits only, no sign, no leading zero, so that each
// organisation has one address.
func positive(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && s == strconv.FormatInt(n, 10)
}

// Path is the beginning of all addresses of the organisation in view, "/o/20417" or "/o/10010/for/20417"; "" outside.
func Path(r *http.Request) string {
	number, customer, ok := Place(r)
	switch {
	case !ok:
		return ""
	case customer != 0:
		return "/o/" + strconv.FormatInt(number, 10) + "/for/" + strconv.FormatInt(customer, 10)
	}
	return "/o/" + strconv.FormatInt(number, 10)
}

// OwnPath gives back an address of this portal that a form or a link named ("next"), and "" for everything else: it
// must be an absolute path with one leading slash, without host, backslash, control characters, dot segments, double or
// encoded slashes, and not longer than 2048 bytes. The fragment is dropped.
func OwnPath(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") {
		return ""
	}
	for _, c := range next {
		if c <= ' ' || c == '\\' || c == 0x7f || c == 0xFFFD || (c >= 0x80 && c < 0xA0) {
			return ""
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !plainPath(u) {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// plainPath tells whether a path means the same to everybody who reads it: no dot segments, no double slash, no encoded
// slash, backslash, dot or control character.
func plainPath(u *url.URL) bool {
	p := u.Path
	if !strings.HasPrefix(p, "/") || strings.Contains(p, "//") || strings.ContainsRune(p, '\\') {
		return false
	}
	if c := path.Clean(p); c != p && c+"/" != p {
		return false
	}
	for _, c := range p {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	escaped := strings.ToLower(u.EscapedPath())
	return !strings.Contains(escaped, "%2f") && !strings.Contains(escaped, "%5c") && !strings.Contains(escaped, "%2e")
}

// neighbour is the address with or without the trailing slash, for a redirect to the one that exists. It is a path only
// and is never built from the Host.
func neighbour(r *http.Request) *http.Request {
	other := r.Clone(r.Context())
	if p, ok := strings.CutSuffix(r.URL.Path, "/"); ok && p != "" {
		other.URL.Path = p
	} else {
		other.URL.Path = r.URL.Path + "/"
	}
	other.URL.RawPath = ""
	return other
}
