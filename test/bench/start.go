package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

// startRow is P11: how long it takes until a page is answered, and how much the program is, in memory and on the disk.
func startRow(ctx context.Context, b *bench) (all []figure, err error) {
	path, err := b.lodge(ctx)
	if err != nil {
		return nil, err
	}
	for _, engine := range b.engines() {
		url, dir, err := b.vendorOnly(ctx, engine)
		if err != nil {
			return all, err
		}
		var starts, versions, opens []time.Duration
		var rss int64
		for round := range b.more(9, 1) {
			last := round == b.more(9, 1)-1
			start, rest, err := b.serveOnce(ctx, path, url, dir, last)
			if err != nil {
				return all, err
			}
			began := time.Now()
			if out, err := exec.CommandContext(ctx, path, "version").CombinedOutput(); err != nil {
				return all, fmt.Errorf("lodge version: %w: %s", err, out)
			}
			version := time.Since(began)
			open, err := opening(ctx, url)
			if err != nil {
				return all, err
			}
			starts, versions, opens, rss = append(starts, start), append(versions, version), append(opens, open), max(rss, rest)
		}
		start, version, open := median(starts, itself), median(versions, itself), median(opens, itself)
		all = append(all, figure{subject: "start to first answer, " + shown[engine], ours: took(start), base: fmt.Sprintf("%s lodge version + %s opening the database", took(version), took(open)),
			ratio: float64(start) / float64(version+open), goal: atMost(3)})
		all = append(all, figure{subject: "memory at rest, " + shown[engine], ours: megabytes(rss), base: "–", ratio: float64(rss) / 1e6, goal: goal{limit: 80, unit: "MB"}})
	}
	info, err := os.Stat(path)
	if err != nil {
		return all, err
	}
	return append(all, figure{subject: "binary", ours: megabytes(info.Size()), base: "–", ratio: float64(info.Size()) / 1e6, goal: goal{limit: 80, unit: "MB"}}), nil
}

// opening is how long a plain program takes to open the database and to see that its schema is the right one.
func opening(ctx context.Context, url string) (time.Duration, error) {
	began := time.Now()
	db, err := store.Open(ctx, url, "")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.Current(ctx, schema.Files)
	return time.Since(began), err
}

// serveOnce starts the portal, asks for the page of the sign-in until it is answered, and stops it; memory is read after a rest.
func (b *bench) serveOnce(ctx context.Context, path, url, dir string, rest bool) (start time.Duration, rss int64, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	address := l.Addr().String()
	l.Close()
	c := exec.CommandContext(ctx, path, "serve", "--listen", address, "--database", url, "--files", "file://"+filepath.Join(dir, "files"), "--secrets", filepath.Join(dir, "key"))
	began := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		c.Process.Signal(syscall.SIGTERM)
		if ended := c.Wait(); err == nil && ended != nil {
			err = fmt.Errorf("lodge serve: %w", ended)
		}
	}()
	for {
		resp, err := http.Get("http://" + address + "/sign-in")
		if err == nil {
			resp.Body.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			return 0, 0, fmt.Errorf("the portal does not answer: %w", err)
		}
		time.Sleep(time.Millisecond)
	}
	start = time.Since(began)
	if rest {
		time.Sleep(b.longer(5 * time.Second))
		rss, err = memory(c.Process.Pid, "VmRSS:")
	}
	return start, rss, err
}
