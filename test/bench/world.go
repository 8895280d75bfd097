package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/app/demo"
	"lodge/internal/app/large"
	"lodge/internal/platform/api"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// world is a portal that runs, with the demo world made large.
type world struct {
	*app.App
	demo    demo.World
	engine  string
	size    large.Size
	server  *http.Server
	cookies map[string]string // by person, once signed in
}

// small is the demo world as it is.
var small = large.Size{}

// thousand is the demo world with a thousand times as many customers and requests.
func (b *bench) thousand() large.Size {
	if b.quick {
		return large.Size{Tickets: 2_000, Own: 400, Customers: 500, People: 1_000, OfPartner: 50}
	}
	return large.Size{Tickets: 50_000, Own: 5_000, Customers: 7_000, People: 20_000, OfPartner: 1_000}
}

// world gives a portal with a world of the size, which several rows may share.
func (b *bench) world(ctx context.Context, engine string, size large.Size) (*world, error) {
	for _, w := range b.worlds {
		if w.engine == engine && w.size == size {
			return w, nil
		}
	}
	url, err := b.database(ctx, engine)
	if err != nil {
		return nil, err
	}
	w := &world{engine: engine, size: size, cookies: map[string]string{}}
	if err := w.open(ctx, url, filepath.Join(b.dir, fmt.Sprint("files", len(b.worlds)))); err != nil {
		return nil, err
	}
	b.worlds = append(b.worlds, w)
	if size != small {
		began := time.Now()
		if err := large.Fill(ctx, w.App, w.demo, size); err != nil {
			return nil, err
		}
		n, err := bytesOf(ctx, url)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(b.log, "  %s with %d customers and %d requests: %s, made in %v\n", shown[engine], size.Customers, size.Tickets, megabytes(n), time.Since(began).Round(time.Second))
	}
	return w, nil
}

// endless is a rate that no load reaches: what is measured is the counting, not the refusal.
var endless = api.Rate{PerMinute: 1 << 30, Burst: 1 << 30}

func (w *world) open(ctx context.Context, url, dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.App, err = app.Open(ctx, app.Config{Listen: l.Addr().String(), Database: url, Files: "file://" + filepath.Join(dir, "files"), Mail: "capture:", Secrets: filepath.Join(dir, "key"),
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Rates: api.Rates{Token: endless, Person: endless, Organisation: endless, Network: endless}})
	if err == nil {
		w.demo, err = demo.Make(ctx, w.App)
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	w.baselines()
	h, err := w.Site.Handler()
	if err == nil {
		err = w.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	w.server = web.Server(h)
	go w.server.Serve(l)
	return nil
}

func (b *bench) closeWorlds() {
	for _, w := range b.worlds {
		w.close()
	}
}

func (w *world) close() {
	if w.server != nil {
		w.server.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	w.App.Close(ctx)
}

// Addresses of the baselines that run behind the portal's own mux and middleware.
const (
	staticAt = "/-/bench/static/"
	openAt   = "/-/bench/open"
	knownAt  = "/-/bench/known"
)

// empty fills the smallest page there is, in the frame that people see before they are signed in.
type empty struct{ Email, Desk string }

var emptyPage = web.Page[empty]{Name: "app/nobody", Title: "app.nobody_title", Public: true}

// baselines adds the plain handlers: a page of a size without any work, and an empty page and a bare word each for anybody and for
// somebody who is signed in.
func (w *world) baselines() {
	static := bytes.Repeat([]byte("<p>A page that stands ready.</p>\n"), 16<<10)
	w.Site.Mount("GET "+staticAt+"{size}", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("size"))
		if err != nil || n > len(static) {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.Header().Set("Content-Length", strconv.Itoa(n))
		rw.Write(static[:n])
	}), nil)
	empty := func(rw http.ResponseWriter, r *http.Request, a who.Actor) error {
		return emptyPage.Render(w.Site, rw, r, a, http.StatusOK, empty{})
	}
	word := func(rw http.ResponseWriter, r *http.Request, a who.Actor) error {
		_, err := io.WriteString(rw, "ok\n")
		return err
	}
	w.Site.Handle("GET "+openAt, who.Anybody, empty)
	w.Site.Handle("GET "+knownAt, who.Person, empty)
	w.Site.Handle("GET "+openAt+"/word", who.Anybody, word)
	w.Site.Handle("GET "+knownAt+"/word", who.Person, word)
	w.Site.Mount("GET "+openAt+"/answer", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(answer{}.Body)
	}), nil)
	api.Context(w.API, api.Op{ID: "bench-answer", Method: "GET", Path: answerAt, Tag: "Bench", Summary: "Answer"}, account.ViewEvents,
		func(context.Context, who.Actor, *struct{}) (*answer, error) { return &answer{}, nil })
}

// answer is the smallest that a program gets.
type answer struct {
	Body struct {
		OK bool `json:"ok"`
	}
}

const answerAt = "/bench-answer"

// number is that of one of the demo world's organisations.
func (w *world) number(key string) int64 { return w.demo.Organisations[key].Number }

// at fills an address in: {customer}, {partner}, {vendor} and {request}.
func (w *world) at(path string) string {
	return strings.NewReplacer("{customer}", fmt.Sprint(w.number("customer")), "{partner}", fmt.Sprint(w.number("partner")), "{vendor}", fmt.Sprint(w.number("vendor")),
		"{request}", w.demo.Example).Replace(path)
}
