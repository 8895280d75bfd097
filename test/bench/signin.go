package main

import (
	"context"
	"net/url"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
)

// stormers sign in again and again, each with one address: as often as two cores can.
var stormers = []string{"customer-admin", "customer-member", "support-admin", "licence-supervisor", "licensing", "reporting"}

// bareArgon is one run with what package crypt takes.
func bareArgon(context.Context, int, int) error {
	argon2.IDKey([]byte("a password of somebody"), []byte("0123456789abcdef"), 2, 19456, 1, 32)
	return nil
}

func (w *world) storm(last time.Duration) load {
	return load{len(stormers), last, func(ctx context.Context, client, _ int) error {
		p, err := w.person(stormers[client])
		if err == nil {
			_, _, err = w.post(ctx, "/sign-in", "", url.Values{"email": {p.Email}, "password": {p.Password}})
		}
		return err
	}}
}

// signInRow is P5: sign-ins against bare hashing on as many cores, and what one reader of other pages feels meanwhile.
func signInRow(ctx context.Context, b *bench) (all []figure, err error) {
	for _, engine := range b.engines() {
		w, err := b.world(ctx, engine, b.thousand())
		if err != nil {
			return all, err
		}
		last := b.longer(4 * time.Second)
		t, err := turns(ctx, b.more(5, 1), w.storm(last), load{runtime.NumCPU(), last, bareArgon})
		if err != nil {
			return all, err
		}
		all = append(all, figure{subject: "sign-ins with password, " + shown[engine], ours: rate(t[0].rate, "sign-ins"), base: rate(t[1].rate, "Argon2id"), ratio: t[0].rate / t[1].rate, goal: atLeast(0.8)})
		asked, err := w.ask(ctx, pages[:1])
		if err != nil {
			return all, err
		}
		during, quiet, err := b.meanwhile(ctx, pageLoad(asked[0], 1, last), func(ctx context.Context) error {
			_, err := w.storm(last * 5 / 4).run(ctx)
			return err
		})
		if err != nil {
			return all, err
		}
		all = append(all, figure{subject: "home page meanwhile, " + shown[engine], ours: "p95 " + took(during), base: "p95 " + took(quiet) + " in quiet",
			ratio: float64(during) / float64(quiet), goal: atMost(3)})
		err = b.profiled("P5 "+engine, func() error { _, err := w.storm(last).run(ctx); return err })
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// meanwhile gives a reader's p95 while a storm goes on, which must outlast him a little, and in quiet times, in turns.
func (b *bench) meanwhile(ctx context.Context, reader load, storm func(context.Context) error) (during, quiet time.Duration, err error) {
	var stormy, calm []turn
	for range b.more(3, 1) {
		t, err := reader.run(ctx)
		if err != nil {
			return 0, 0, err
		}
		calm = append(calm, t)
		ended := make(chan error, 1)
		go func() { ended <- storm(ctx) }()
		time.Sleep(reader.last / 8)
		t, err = reader.run(ctx)
		if stormed := <-ended; err == nil {
			err = stormed
		}
		if err != nil {
			return 0, 0, err
		}
		stormy = append(stormy, t)
	}
	p95 := func(t turn) time.Duration { return t.p95 }
	return median(stormy, p95), median(calm, p95), nil
}
