package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
)

// noteAge is how long the result of an act waits for the page that shows it.
const noteAge = time.Minute

func (s *Site) secure() bool { return strings.HasPrefix(s.BaseURL, "https://") }

// cookieName has the prefix that lets browsers refuse a cookie which another host or an insecure page has set; it needs
// Secure, so plain http on loopback does without.
func (s *Site) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

// Session is the session's token, "" if there is none. Two cookies of the name are a 401, never a choice.
func (s *Site) Session(r *http.Request) (token string, err error) {
	switch all := r.CookiesNamed(s.cookieName("lodge")); len(all) {
	case 0:
		return "", nil
	case 1:
		return all[0].Value, nil
	}
	return "", fault.New(fault.SignIn, "web.two_sessions")
}

// SetSession gives the browser the token for maxAge; 0 until it is closed.
func (s *Site) SetSession(w http.ResponseWriter, token string, maxAge time.Duration) {
	http.SetCookie(w, s.cookie("lodge", token, maxAge))
}

// ClearSession takes the token and a waiting notice away. The session itself must be ended on the server.
func (s *Site) ClearSession(w http.ResponseWriter) {
	http.SetCookie(w, s.cookie("lodge", "", -1))
	http.SetCookie(w, s.cookie("lodge-note", "", -1))
}

func (s *Site) cookie(name, value string, maxAge time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(maxAge / time.Second),
	}
	if maxAge < 0 {
		c.MaxAge = -1
	}
	return c
}

// Redirect answers a form that succeeded: 303 to an own path, with a notice of what was done on the page that comes.
// An address that is not this portal's own is a fault of the program.
func (s *Site) Redirect(w http.ResponseWriter, r *http.Request, to string, done ...fault.Message) error {
	own := OwnPath(to)
	if own == "" {
		return fmt.Errorf("redirect to %q, which is no address of this portal", to)
	}
	if len(done) > 0 && done[0].Key != "" {
		http.SetCookie(w, s.cookie("lodge-note", pack(done[0]), noteAge))
	}
	w.Header().Set("Location", own)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// pack writes a message so that unpack knows a quantity from a number that names something.
func pack(m fault.Message) string {
	words := []string{m.Key}
	for _, a := range m.Args {
		switch a := a.(type) {
		case string:
			words = append(words, "s"+a)
		case int:
			words = append(words, "i"+strconv.Itoa(a))
		case int64:
			words = append(words, "l"+strconv.FormatInt(a, 10))
		case time.Time:
			words = append(words, "t"+a.UTC().Format(time.RFC3339Nano))
		default:
			words = append(words, "s")
		}
	}
	b, err := json.Marshal(words)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// note is the notice that the last form left, and takes it away. The cookie may have been written by anybody, so only
// texts of the catalogue come out of it.
func (s *Site) note(w http.ResponseWriter, r *http.Request, c *lang.Catalogue) (Notice, bool) {
	got, err := r.Cookie(s.cookieName("lodge-note"))
	if err != nil {
		return Notice{}, false
	}
	http.SetCookie(w, s.cookie("lodge-note", "", -1))
	var words []string
	b, err := base64.RawURLEncoding.DecodeString(got.Value)
	if err != nil || len(b) > 2000 || json.Unmarshal(b, &words) != nil || len(words) == 0 || !c.Has(lang.Fallback, words[0]) {
		return Notice{}, false
	}
	m := fault.Message{Key: words[0]}
	for _, word := range words[1:] {
		m.Args = append(m.Args, unpack(word))
	}
	return Notice{Tone: OK, Title: Text{Key: m}}, true
}

func unpack(word string) any {
	if word == "" {
		return ""
	}
	kind, rest := word[0], word[1:]
	switch kind {
	case 'i':
		if n, err := strconv.Atoi(rest); err == nil {
			return n
		}
	case 'l':
		if n, err := strconv.ParseInt(rest, 10, 64); err == nil {
			return n
		}
	case 't':
		if t, err := time.Parse(time.RFC3339Nano, rest); err == nil {
			return t
		}
	}
	return rest
}
