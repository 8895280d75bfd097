// Command withpg runs another command beside a PostgreSQL of its own: `go run ./test/withpg go test ./...`.
//
// The server is made from the installed PostgreSQL on a Unix socket in a temporary folder, with durability off, and is
// gone afterwards. It is kept in memory where there is room, because each test copies a database of a thousand files; -disk in front of the
// command leaves it on the disk, for measuring. The command finds it in the variable TEST_POSTGRES, with %s where the database's name goes.
//
// Where PostgreSQL is not installed, or Chromium and the command tests the browser, it runs without. A test that is skipped says
// nothing by itself, so this says loudly what is missing, before the run and after it. In CI both are needed.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
		code = 1
	}
	os.Exit(code)
}

func run(command []string) (code int, err error) {
	place := memory()
	if len(command) > 0 && command[0] == "-disk" {
		place, command = "", command[1:]
	}
	if len(command) == 0 {
		return 0, errors.New("usage: withpg [-disk] COMMAND [ARG …]")
	}
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	lacks := missing(installed{len(bins) > 0, found(chromiums...), found("pgbouncer")}, command)
	if len(lacks) > 0 && os.Getenv("CI") != "" {
		return 0, errors.New(strings.Join(lacks, "; "))
	}
	loud(lacks)
	defer loud(lacks)
	if len(bins) == 0 {
		return status(exec.Command(command[0], command[1:]...))
	}
	bin := bins[len(bins)-1]
	dir, err := os.MkdirTemp(place, "withpg")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	child, err := unprivileged(dir)
	if err != nil {
		return 0, err
	}
	server := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin, name), args...)
		c.Dir, c.SysProcAttr = dir, &syscall.SysProcAttr{Credential: child, Setpgid: true} // Ctrl-C is for the command
		return c
	}
	data := filepath.Join(dir, "data")
	if out, err := server("initdb", "-D", data, "-U", "test", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("initdb: %w: %s", err, out)
	}
	options := "-k " + dir + " -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
	if out, err := server("pg_ctl", "-D", data, "-w", "-o", options, "-l", filepath.Join(dir, "log"), "start").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("pg_ctl start: %w: %s", err, out)
	}
	defer func() { err = errors.Join(err, server("pg_ctl", "-D", data, "-m", "immediate", "stop").Run()) }()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM) // the command decides what to do about it; we clean up after it
	c := exec.Command(command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), "TEST_POSTGRES=postgres://test@/%s?host="+dir)
	if err := c.Start(); err != nil {
		return 0, err
	}
	go func() {
		for s := range stop {
			c.Process.Signal(s)
		}
	}()
	return exited(c.Wait())
}

// memory is the folder of files in memory, if 6 GB of it are free, which is more than the tests were seen to need. Otherwise it is "".
func memory() string {
	const folder = "/dev/shm"
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil || s.Bavail*uint64(s.Bsize) < 6<<30 {
		return ""
	}
	return folder
}

// installed is what tests need of the machine.
type installed struct{ postgres, chromium, pooler bool }

// chromiums are the names that the tests look for.
var chromiums = []string{"chromium", "chromium-browser", "google-chrome"}

// found tells whether there is a program of one of these names.
func found(names ...string) bool {
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			return true
		}
	}
	return false
}

// missing says what the command's tests cannot run without.
func missing(has installed, command []string) (all []string) {
	if !has.postgres {
		all = append(all, "PostgreSQL is not installed: that half of the tests is SKIPPED (Debian: apt-get install postgresql)")
	}
	if !has.pooler && slices.Contains(command, "./...") {
		all = append(all, "PgBouncer is not installed: the portal is NOT tested behind a pooler (Debian: apt-get install pgbouncer)")
	}
	if !has.chromium && (slices.Contains(command, "./...") || slices.Contains(command, "./test/browser")) {
		all = append(all, "Chromium is not installed: the pages are NOT tested in a browser (Debian: apt-get install chromium)")
	}
	return all
}

func loud(lacks []string) {
	for _, l := range lacks {
		fmt.Fprintln(os.Stderr, "*** "+l+" ***")
	}
}

// status runs a command as it is.
func status(c *exec.Cmd) (int, error) {
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return exited(c.Run())
}

func exited(err error) (int, error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// unprivileged gives dir to nobody when we are root, because PostgreSQL refuses to run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}
