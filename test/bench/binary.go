package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// lodge builds the program once a run and gives its path.
func (b *bench) lodge(ctx context.Context) (string, error) {
	path := filepath.Join(b.dir, "lodge")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	c := exec.CommandContext(ctx, "go", "build", "-o", path, "lodge/cmd/lodge")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// ran is what a process needed.
type ran struct {
	took time.Duration
	rss  int64 // most bytes of memory
}

// command runs the program to its end, with the settings of a portal in a folder.
func (b *bench) command(ctx context.Context, database, dir string, args ...string) (ran, error) {
	path, err := b.lodge(ctx)
	if err != nil {
		return ran{}, err
	}
	c := exec.CommandContext(ctx, path, append(args, "--database", database, "--files", "file://"+filepath.Join(dir, "files"), "--secrets", filepath.Join(dir, "key"))...)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	began := time.Now()
	if err := c.Start(); err != nil {
		return ran{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	// The most that the kernel tells at the end is at least what this program had when it started the other one, so it is asked meanwhile.
	var r ran
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-tick.C:
			if n, err := memory(c.Process.Pid, "VmHWM:"); err == nil {
				r.rss = max(r.rss, n)
			}
		case err := <-ended:
			tick.Stop()
			r.took = time.Since(began)
			if err != nil {
				err = fmt.Errorf("lodge %s: %w: %s", args[0], err, said.String())
			}
			return r, err
		}
	}
}

// memory reads one of the figures that Linux tells of a process, in bytes: VmRSS: is what it has, VmHWM: the most it had.
func memory(pid int, which string) (n int64, err error) {
	said, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(said)) {
		if rest, is := strings.CutPrefix(line, which); is {
			_, err = fmt.Sscanf(rest, "%d kB", &n)
		}
	}
	return n * 1024, err
}

// vendorOnly makes a database in which the vendor stands and nothing else.
func (b *bench) vendorOnly(ctx context.Context, engine string) (url, dir string, err error) {
	if url, err = b.database(ctx, engine); err != nil {
		return "", "", err
	}
	if dir, err = os.MkdirTemp(b.dir, "portal"); err != nil {
		return "", "", err
	}
	_, err = b.command(ctx, url, dir, "init", "--vendor", "Halden Software", "--country", "SE")
	return url, dir, err
}
