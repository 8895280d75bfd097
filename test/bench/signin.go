package main

import (
	"context"
	"fmt"
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
		meanwhile, err := w.meanwhile(ctx, b, pageLoad(asked[0], 1, last))
		if err != nil {
			return all, err
		}
		all = append(all, meanwhile)
		err = b.profiled("P5 "+engine, func() error { _, err := w.storm(last).run(ctx); return err })
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// meanwhile compares a reader's p95 during a storm with that of quiet times, in turns.
func (w *world) meanwhile(ctx context.Context, b *bench, reader load) (figure, error) {
	var during, quiet []turn
	for range b.more(3, 1) {
		t, err := reader.run(ctx)
		if err != nil {
			return figure{}, err
		}
		quiet = append(quiet, t)
		ended := make(chan error, 1)
		go func() { _, err := w.storm(reader.last * 5 / 4).run(ctx); ended <- err }()
		time.Sleep(reader.last / 8)
		t, err = reader.run(ctx)
		if stormed := <-ended; err == nil {
			err = stormed
		}
		if err != nil {
			return figure{}, err
		}
		during = append(during, t)
	}
	p95 := func(t turn) time.Duration { return t.p95 }
	d, q := median(during, p95), median(quiet, p95)
	return figure{subject: fmt.Sprintf("home page meanwhile, %s", shown[w.engine]), ours: "p95 " + took(d), base: "p95 " + took(q) + " in quiet", ratio: float64(d) / float64(q), goal: atMost(3)}, nil
}
