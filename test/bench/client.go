package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"lodge/internal/app/demo"
	"lodge/internal/platform/crypt/totp"
)

// browsers keep their connections, ask for nothing compressed and follow no redirect.
var browsers = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// get asks for an address with a cookie, throws the body away and gives its length. Anything but 200, or 206 for a part, is an error.
func get(ctx context.Context, address, cookie string, header ...string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := browsers.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b := buffers.Get().(*[]byte)
	defer buffers.Put(b)
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{resp.Body}, *b)
	if err == nil && resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		err = fmt.Errorf("%s: %s", address, resp.Status)
	}
	return n, err
}

// person is one of the demo world's people.
func (w *world) person(key string) (demo.Person, error) {
	for _, p := range w.demo.People {
		if p.Key == key {
			return p, nil
		}
	}
	return demo.Person{}, fmt.Errorf("nobody is called %s", key)
}

// signIn goes through the pages of the sign-in once, and gives the cookie of the session; later from memory.
func (w *world) signIn(ctx context.Context, key string) (string, error) {
	if c := w.cookies[key]; c != "" {
		return c, nil
	}
	p, err := w.person(key)
	if err != nil {
		return "", err
	}
	cookie, to, err := w.post(ctx, "/sign-in", "", url.Values{"email": {p.Email}, "password": {p.Password}})
	if err == nil && strings.HasPrefix(to, "/sign-in/factor") {
		var code string
		if code, err = totp.Code(p.TOTPSecret, totp.Step(w.Config.Clock.Now())); err == nil {
			cookie, to, err = w.post(ctx, to, cookie, url.Values{"code": {code}})
		}
	}
	if err == nil && to != "/" {
		err = fmt.Errorf("%s cannot sign in: sent to %q", key, to)
	}
	w.cookies[key] = cookie
	return cookie, err
}

// post sends a form and gives the session's cookie and the address that the answer names.
func (w *world) post(ctx context.Context, path, cookie string, form url.Values) (session, to string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.Config.BaseURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	resp, err := browsers.Do(r)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusSeeOther {
		return "", "", fmt.Errorf("%s: %s", path, resp.Status)
	}
	session = cookie
	for _, c := range resp.Cookies() {
		if c.Name == "lodge" && c.Value != "" {
			session = c.Name + "=" + c.Value
		}
	}
	return session, resp.Header.Get("Location"), nil
}
