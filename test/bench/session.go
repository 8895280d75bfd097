package main

import (
	"context"
	"time"

	"lodge/internal/platform/api"
)

// tokenFigure is the smallest answer for a program with a token, and the same for anybody without the API round it: token, rates and rights
// are looked up each time.
func (w *world) tokenFigure(ctx context.Context, b *bench, engine string) (figure, error) {
	asks := func(at string, header ...string) load {
		return load{pageClients, b.longer(2 * time.Second), func(ctx context.Context, _, _ int) error {
			_, err := get(ctx, w.Config.BaseURL+at, "", header...)
			return err
		}}
	}
	t, err := turns(ctx, b.more(5, 1), asks(api.Base+answerAt, "Authorization", "Bearer "+w.demo.Tokens["vendor"]), asks(openAt+"/answer"))
	if err != nil {
		return figure{}, err
	}
	return figure{subject: "API's smallest answer, with token, " + shown[engine], ours: rate(t[0].rate, "answers"), base: rate(t[1].rate, "answers") + " for anybody", ratio: t[0].rate / t[1].rate}, nil
}

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
		f, err := w.tokenFigure(ctx, b, engine)
		if err != nil {
			return all, err
		}
		all = append(all, f)
		if err := b.profiled("P6 "+engine, func() error { _, err := ask(knownAt, cookie).run(ctx); return err }); err != nil {
			return all, err
		}
	}
	return all, nil
}
