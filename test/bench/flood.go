package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"lodge/internal/platform/api"
)

// floodRow is DOS-07 and DOS-12: what a reader feels while a thousand connections drip, and while another organisation calls as often as it may.
func floodRow(ctx context.Context, b *bench) (all []figure, err error) {
	for _, engine := range b.engines() {
		w, err := b.world(ctx, engine, b.thousand())
		if err != nil {
			return all, err
		}
		last := b.longer(8 * time.Second)
		asked, err := w.ask(ctx, pages[:1])
		if err != nil {
			return all, err
		}
		reader := pageLoad(asked[0], 1, last)
		during, quiet, err := b.meanwhile(ctx, reader, func(ctx context.Context) error { return w.drippers(ctx, b.more(1000, 50), last*5/4) })
		if err != nil {
			return all, err
		}
		all = append(all, figure{subject: "home page while 1,000 connections drip, " + shown[engine], ours: "p95 " + took(during), base: "p95 " + took(quiet) + " in quiet", ratio: during.Seconds() * 1000,
			goal: goal{limit: 300, unit: "ms"}})
		during, quiet, err = b.meanwhile(ctx, reader, func(ctx context.Context) error { return w.busiest(ctx, last*5/4) })
		if err != nil {
			return all, err
		}
		all = append(all, figure{subject: fmt.Sprintf("home page while another organisation makes all the %d calls a minute that it may, %s", api.Usual.Organisation.PerMinute, shown[engine]),
			ours: "p95 " + took(during), base: "p95 " + took(quiet) + " in quiet", ratio: float64(during) / float64(quiet), goal: atMost(1.2)})
	}
	return all, nil
}

// drippers hold so many connections open for a time, half of them with headers that never end, half with bodies; who is thrown out comes back at once.
func (w *world) drippers(ctx context.Context, n int, last time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, last)
	defer cancel()
	const headers = "GET /sign-in HTTP/1.1\r\nHost: %s\r\n"
	const body = "POST /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 800000\r\n\r\n"
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for i := range n {
		all.Go(func() {
			for ctx.Err() == nil {
				head := headers
				if i%2 == 1 {
					head = body
				}
				if err := dripOnce(ctx, w.Config.Listen, fmt.Sprintf(head, w.Config.Listen)); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	all.Wait()
	return failed
}

// dripOnce sends a beginning and then a byte every half second until the portal hangs up. The error is that it cannot be reached.
func dripOnce(ctx context.Context, address, head string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, head); err != nil {
		return nil
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := io.WriteString(c, "x"); err != nil {
			return nil
		}
	}
}

// busiest is the partner's programs, calling as often as the rates let an organisation.
func (w *world) busiest(ctx context.Context, last time.Duration) error {
	pause := time.Minute / time.Duration(api.Usual.Organisation.PerMinute)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var calls sync.WaitGroup
	var mu sync.Mutex
	var failed error
	addresses := strings.Fields("/api/v1/requests /api/v1/customers /api/v1/contacts")
	for began, n := time.Now(), 0; time.Since(began) < last; n++ {
		<-tick.C
		calls.Go(func() {
			if _, err := get(ctx, w.Config.BaseURL+addresses[n%len(addresses)], "", "Authorization", "Bearer "+w.demo.Tokens["partner"]); err != nil {
				mu.Lock()
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	calls.Wait()
	return failed
}
