package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"lodge/internal/release"
)

// takers download, of two customers: one alone may not have so many at once.
var takers = []struct{ who, org string }{{"customer-support", "customer"}, {"other-customer-admin", "other-customer"}}

// noise is a file that no disk and no network can make smaller.
type noise struct{ *rand.ChaCha8 }

func (n noise) Read(p []byte) (int, error) { return n.ChaCha8.Read(p) }

// parcel is a published file, at its address in the portal, and where it lies on the disk.
type parcel struct {
	id, path string
	size     int64
}

// publish brings a file into the portal as a release manager does.
func (w *world) publish(ctx context.Context, dir string, size int64) (parcel, error) {
	a, err := w.actor(ctx, "release-manager", "vendor")
	if err != nil {
		return parcel{}, err
	}
	id, err := w.Releases.Make(ctx, a, release.Plan{Product: w.demo.Products["main"], Channel: release.Stable, Name: "9.0.0", Date: w.Config.Clock.Now().Format(time.DateOnly), Title: "Full release"})
	if err != nil {
		return parcel{}, err
	}
	b, err := w.Releases.PutFile(ctx, a, size, io.LimitReader(noise{rand.NewChaCha8([32]byte{1})}, size))
	if err != nil {
		return parcel{}, err
	}
	f, err := w.Releases.AddFile(ctx, a, id, release.Upload{Blob: b.ID, Name: "large.zip", Platform: "any", Arch: "x64"})
	if err == nil {
		err = w.Releases.Publish(ctx, a, id, 2)
	}
	if err != nil {
		return parcel{}, err
	}
	p := parcel{id: f.ID, size: size}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, e := d.Info(); e == nil && info.Size() == size {
				p.path = path
			}
		}
		return err
	})
	if err == nil && p.path == "" {
		err = errors.New("the file is not on the disk")
	}
	return p, err
}

// plainServer serves one file and nothing else.
func plainServer(path string) (address string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })}
	go s.Serve(l)
	return "http://" + l.Addr().String() + "/", s.Close, nil
}

// downloadRow is P7: a large file, whole by one and in parts by many, against http.ServeFile on the same disk.
func downloadRow(ctx context.Context, b *bench) (all []figure, err error) {
	w, err := b.world(ctx, "sqlite", small)
	if err != nil {
		return nil, err
	}
	size := int64(b.more(1<<30, 8<<20))
	p, err := w.publish(ctx, b.dir, size)
	if err != nil {
		return nil, err
	}
	plain, stop, err := plainServer(p.path)
	if err != nil {
		return nil, err
	}
	defer stop()
	for _, of := range []struct {
		clients int
		part    int64
		subject string
	}{{1, size, "%s whole, 1 client"}, {1, size / 4, "Range of %s, 1 client"}, {32, size / 4, "Range of %s, 32 clients"}} {
		from := func(address func(client int) (string, string)) load {
			return load{of.clients, 0, func(ctx context.Context, client, _ int) error {
				at, cookie := address(client)
				first := int64(client%4) * size / 4 % (size - of.part + 1)
				header := []string{"Range", fmt.Sprintf("bytes=%d-%d", first, first+of.part-1)}
				if of.part == size {
					header = nil
				}
				n, err := get(ctx, at, cookie, header...)
				if err == nil && n != of.part {
					err = fmt.Errorf("%d bytes of %d", n, of.part)
				}
				return err
			}}
		}
		portal, err := w.addresses(ctx, p)
		if err != nil {
			return all, err
		}
		ours, base := from(portal), from(func(int) (string, string) { return plain, "" })
		t, err := turns(ctx, b.more(5, 1), ours, base)
		if err != nil {
			return all, err
		}
		speed := func(t turn) string { return fmt.Sprintf("%.2f GB/s", t.rate*float64(of.part)/1e9) }
		all = append(all, figure{subject: fmt.Sprintf(of.subject, megabytes(of.part)), ours: speed(t[0]), base: speed(t[1]) + ", http.ServeFile", ratio: t[0].rate / t[1].rate, goal: atLeast(0.9)})
		if of.clients == 1 {
			continue
		}
		if err := b.profiled("P7", func() error { _, err := ours.run(ctx); return err }); err != nil {
			return all, err
		}
		most, err := heapDuring(func() error { _, err := ours.run(ctx); return err })
		if err != nil {
			return all, err
		}
		all = append(all, figure{subject: "memory above rest meanwhile", ours: fmt.Sprintf("%.1f MB", most), base: "both ends together", ratio: most, goal: goal{limit: 64, unit: "MB"}})
	}
	return all, nil
}

// addresses gives each client the file's address for one of the customers, and a session.
func (w *world) addresses(ctx context.Context, p parcel) (func(client int) (address, cookie string), error) {
	var at, cookies []string
	for _, t := range takers {
		cookie, err := w.signIn(ctx, t.who)
		if err != nil {
			return nil, err
		}
		at, cookies = append(at, fmt.Sprintf("%s/o/%d/downloads/%s", w.Config.BaseURL, w.number(t.org), p.id)), append(cookies, cookie)
	}
	return func(client int) (string, string) { return at[client%len(at)], cookies[client%len(at)] }, nil
}

// heapDuring is by how many megabytes the memory in use grew at most while f ran.
func heapDuring(f func() error) (float64, error) {
	inUse := func() float64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapInuse+m.StackInuse) / 1e6
	}
	runtime.GC()
	rest := inUse()
	done := make(chan struct{})
	var most float64
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-tick.C:
				most = max(most, inUse()-rest)
			case <-done:
				tick.Stop()
				return
			}
		}
	})
	err := f()
	close(done)
	watcher.Wait()
	return most, err
}
