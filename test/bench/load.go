package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// turn is what one turn of a load came to.
type turn struct {
	p50, p95 time.Duration
	n        int
	rate     float64 // a second
}

// load has so many clients do something again and again, each as soon as it is done, for a time. do is told which client and the how
// manieth time it is.
type load struct {
	clients int
	last    time.Duration
	do      func(ctx context.Context, client, n int) error
}

func (l load) run(ctx context.Context) (turn, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var clients sync.WaitGroup
	began := time.Now()
	for client := range l.clients {
		clients.Go(func() {
			var own []time.Duration
			var err error
			for n := 0; err == nil && (n == 0 || time.Since(began) < l.last); n++ {
				at := time.Now()
				err = l.do(ctx, client, n)
				own = append(own, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, own...), errors.Join(failed, err)
		})
	}
	clients.Wait()
	if failed != nil {
		return turn{}, failed
	}
	return summary(all, time.Since(began)), nil
}

func summary(all []time.Duration, over time.Duration) turn {
	slices.Sort(all)
	return turn{all[len(all)/2], all[len(all)*95/100], len(all), float64(len(all)) / over.Seconds()}
}

// turns lets loads take turns, each after a first one that does not count, and gives the medians of each.
func turns(ctx context.Context, rounds int, loads ...load) ([]turn, error) {
	for _, l := range loads {
		l.last /= 4
		if _, err := l.run(ctx); err != nil {
			return nil, err
		}
	}
	each := make([][]turn, len(loads))
	for round := range rounds {
		for k := range loads {
			i := k
			if round%2 == 1 { // who comes first changes, too
				i = len(loads) - 1 - k
			}
			t, err := loads[i].run(ctx)
			if err != nil {
				return nil, err
			}
			each[i] = append(each[i], t)
		}
	}
	out := make([]turn, len(loads))
	for i, of := range each {
		out[i] = turn{median(of, func(t turn) time.Duration { return t.p50 }), median(of, func(t turn) time.Duration { return t.p95 }), of[0].n, median(of, func(t turn) float64 { return t.rate })}
	}
	return out, nil
}

// median is the one in the middle of what by gives of each.
func median[T any, N int | int64 | float64 | time.Duration](of []T, by func(T) N) N {
	values := make([]N, len(of))
	for i, v := range of {
		values[i] = by(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func itself[N any](n N) N { return n }

// longer is a time for a real run, or a fraction of it for a quick one.
func (b *bench) longer(d time.Duration) time.Duration {
	if b.quick {
		return d / 20
	}
	return d
}

// more is a number for a real run, or a small one for a quick one.
func (b *bench) more(n, quick int) int {
	if b.quick {
		return quick
	}
	return n
}
