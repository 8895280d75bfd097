package main

import (
	"context"
	"time"
)

// sessionRow is P6: the same page for somebody who is signed in and for anybody; and, told for information, the same of a single word
// without any page around it, in which nothing hides the price of the session.
func sessionRow(ctx context.Context, b *bench) (all []figure, err error) {
	for _, engine := range b.engines() {
		w, err := b.world(ctx, engine, b.thousand())
		if err != nil {
			return all, err
		}
		cookie, err := w.signIn(ctx, "customer-admin")
		if err != nil {
			return all, err
		}
		ask := func(at, cookie string) load {
			return pageLoad(asked{url: w.Config.BaseURL + at, cookie: cookie}, pageClients, b.longer(2*time.Second))
		}
		for _, of := range []struct {
			subject, path string
			goal          goal
		}{{"empty page, signed in", "", atLeast(0.6)}, {"bare word, signed in", "/word", goal{}}} {
			t, err := turns(ctx, b.more(5, 1), ask(knownAt+of.path, cookie), ask(openAt+of.path, ""))
			if err != nil {
				return all, err
			}
			all = append(all, figure{subject: of.subject + ", " + shown[engine], ours: rate(t[0].rate, "pages"), base: rate(t[1].rate, "pages") + " for anybody", ratio: t[0].rate / t[1].rate, goal: of.goal})
		}
		if err := b.profiled("P6 "+engine, func() error { _, err := ask(knownAt, cookie).run(ctx); return err }); err != nil {
			return all, err
		}
	}
	return all, nil
}
