package main

import (
	"context"
	"fmt"
	"time"

	"lodge/internal/app/large"
)

// vendor is a world of so many customers with ten requests each. What the demo's own customer and partner have stays the same.
func (b *bench) vendor(customers int) large.Size {
	s := large.Size{Tickets: 10 * customers, Own: 1_000, Customers: customers, People: 2 * customers, OfPartner: 500}
	if b.quick {
		s.Own, s.OfPartner = 100, 20
	}
	s.Documents = s.Tickets
	return s
}

// vendors are the sizes that are compared; the first is what the others are held against.
func (b *bench) vendors() []large.Size {
	if b.quick {
		return []large.Size{b.vendor(100), b.vendor(400)}
	}
	return []large.Size{b.vendor(1_000), b.vendor(10_000), b.vendor(100_000)}
}

// growthRow is P2: each page in worlds of several sizes. The time in the middle is compared: the same work is asked for again and again,
// so that what lies above it is the machine's own noise.
func growthRow(ctx context.Context, b *bench) (all []figure, err error) {
	sizes := b.vendors()
	for _, engine := range b.engines() {
		byPage := make([][]load, len(pages))
		for _, size := range sizes {
			w, err := b.world(ctx, engine, size)
			if err != nil {
				return all, err
			}
			asked, err := w.ask(ctx, pages)
			if err != nil {
				return all, err
			}
			for i, a := range asked {
				byPage[i] = append(byPage[i], pageLoad(a, 1, b.longer(400*time.Millisecond)))
			}
		}
		for i, p := range pages {
			t, err := turns(ctx, b.more(5, 1), byPage[i]...)
			if err != nil {
				return all, err
			}
			for k := 1; k < len(sizes); k++ {
				f := figure{subject: fmt.Sprintf("%s, %d customers, %s", p.name, sizes[k].Customers, shown[engine]), ours: took(t[k].p50),
					base: fmt.Sprintf("%s at %d", took(t[0].p50), sizes[0].Customers), ratio: float64(t[k].p50) / float64(t[0].p50), goal: atMost(1.3)}
				all = append(all, f)
			}
		}
	}
	return all, nil
}
