package main

import (
	"context"
	"fmt"
	"time"
)

// page is one that people ask for often, and as whom.
type page struct{ name, who, path string }

var pages = []page{
	{"home", "support-advanced", "/o/{customer}/"},
	{"requests", "support-advanced", "/o/{customer}/requests"},
	{"request", "support-advanced", "/o/{customer}/requests/{request}"},
	{"new request", "customer-support", "/o/{customer}/requests/new"},
	{"downloads", "customer-support", "/o/{customer}/downloads"},
	{"contacts", "customer-admin", "/o/{customer}/contacts"},
	{"search", "support-advanced", "/o/{customer}/search?q=word17"},
	{"requests of a partner", "partner-operator", "/o/{partner}/requests"},
	{"desk", "helpdesk", "/o/{vendor}/desk"},
	{"customers of a partner", "partner-operator", "/o/{partner}/customers"},
}

// asked is a page as it is asked for: its address, the session's cookie, and how many bytes it has.
type asked struct {
	page
	url, cookie string
	bytes       int64
}

// ask signs everybody in and looks at each page once.
func (w *world) ask(ctx context.Context, pages []page) (all []asked, err error) {
	for _, p := range pages {
		a := asked{page: p, url: w.Config.BaseURL + w.at(p.path)}
		if a.cookie, err = w.signIn(ctx, p.who); err != nil {
			return nil, err
		}
		if a.bytes, err = get(ctx, a.url, a.cookie); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

const pageClients = 16

// pageLoad asks for a page.
func pageLoad(a asked, clients int, last time.Duration) load {
	return load{clients, last, func(ctx context.Context, _, _ int) error { _, err := get(ctx, a.url, a.cookie); return err }}
}

// staticLoad asks for a page of the same size that stands ready behind the same mux.
func (w *world) staticLoad(a asked, clients int, last time.Duration) load {
	a.url, a.cookie = fmt.Sprint(w.Config.BaseURL, staticAt, a.bytes), ""
	return pageLoad(a, clients, last)
}

// pagesRow is P1: the ten pages, and all of them together, against static pages of their sizes.
func pagesRow(ctx context.Context, b *bench) (all []figure, err error) {
	for _, engine := range b.engines() {
		w, err := b.world(ctx, engine, b.thousand())
		if err != nil {
			return all, err
		}
		asked, err := w.ask(ctx, pages)
		if err != nil {
			return all, err
		}
		mixed := func(of []load) load {
			return load{pageClients, b.longer(3 * time.Second), func(ctx context.Context, client, n int) error { return of[(client*7+n)%len(of)].do(ctx, client, n) }}
		}
		var ours, static []load
		for _, a := range asked {
			ours, static = append(ours, pageLoad(a, pageClients, b.longer(time.Second))), append(static, w.staticLoad(a, pageClients, b.longer(time.Second/2)))
		}
		t, err := turns(ctx, b.more(5, 1), mixed(ours), mixed(static))
		if err != nil {
			return all, err
		}
		all = append(all, against("ten pages, 16 clients, "+shown[engine], t, atMost(6)))
		for i, a := range asked {
			if t, err = turns(ctx, b.more(3, 1), ours[i], static[i]); err != nil {
				return all, err
			}
			all = append(all, against(fmt.Sprintf("%s, %.0f kB", a.name, float64(a.bytes)/1000), t, goal{}))
		}
		if err := b.profiled("P1 "+engine, func() error { _, err := mixed(ours).run(ctx); return err }); err != nil {
			return all, err
		}
	}
	return all, nil
}

// against compares the p95 of two turns.
func against(subject string, t []turn, g goal) figure {
	return figure{subject: subject, ours: fmt.Sprintf("p95 %s, %s", took(t[0].p95), rate(t[0].rate, "pages")), base: fmt.Sprintf("p95 %s, %s", took(t[1].p95), rate(t[1].rate, "pages")),
		ratio: float64(t[0].p95) / float64(t[1].p95), goal: g}
}
