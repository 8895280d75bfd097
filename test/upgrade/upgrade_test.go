// Package upgrade takes a database of the last release over with this program: make upgrade-test.
package upgrade

import (
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store/storetest"
)

var release = flag.String("release", "", "commit of the release to upgrade from, of this repository")

// world is what the release's demo tells of itself.
type world struct {
	Organisations map[string]struct{ Number int64 }
	People        []struct{ Key, Email, Password string }
}

func TestADatabaseOfTheLastReleaseIsTakenOver(t *testing.T) {
	if *release == "" {
		t.Log("no release named; run: make upgrade-test")
		return
	}
	old, now := build(t, *release), build(t, "")
	for _, engine := range []struct{ name, database string }{
		{"sqlite", "sqlite:" + filepath.Join(t.TempDir(), "lodge.db")}, {"postgres", storetest.EmptyPostgresURL(t)},
	} {
		t.Run(engine.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "world.json")
			stop := start(t, old, file, "demo", "--data", dir, "--json", file, "--database", engine.database, "--listen", free(t))
			var w world
			b, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(b, &w)
			}
			if err != nil {
				t.Fatal(err)
			}
			stop()
			common := []string{"--database", engine.database, "--secrets", filepath.Join(dir, "lodge.key"), "--files", "file://" + filepath.Join(dir, "files"), "--mail", "capture:"}
			if out, err := exec.Command(now, append([]string{"doctor"}, common...)...).CombinedOutput(); err == nil || !strings.Contains(string(out), "lodge migrate") {
				t.Errorf("the new program opens the old schema: %v %s", err, out)
			}
			run(t, now, "migrate", "--database", engine.database)
			if out := run(t, now, append([]string{"doctor", "--isolation"}, common...)...); !strings.Contains(out, " 0 differences") {
				t.Error(out)
			}
			if out, err := exec.Command(old, append([]string{"doctor"}, common...)...).CombinedOutput(); err == nil {
				t.Errorf("the old program opens the new schema: %s", out)
			}
			address := free(t)
			stop = start(t, now, "", append([]string{"serve", "--listen", address}, common...)...)
			signIn(t, "http://"+address, w)
			stop()
		})
	}
}

// build makes the program of a commit, or of this tree.
func build(t *testing.T, commit string) string {
	t.Helper()
	tree := "../.."
	if commit != "" {
		tree = filepath.Join(t.TempDir(), "release")
		git(t, "worktree", "add", "--force", "--detach", tree, commit)
		t.Cleanup(func() { git(t, "worktree", "remove", "--force", tree) })
	}
	path := filepath.Join(t.TempDir(), "lodge")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/lodge")
	cmd.Dir = tree
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func git(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	return string(out)
}

// start runs a portal until it answers, and has written its file if there is one to wait for.
func start(t *testing.T, program, file string, args ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	stop = func() { cmd.Process.Signal(os.Interrupt); <-ended }
	t.Cleanup(stop)
	listen := args[1:]
	for i, a := range args {
		if a == "--listen" {
			listen = args[i+1 : i+2]
		}
	}
	for range 300 {
		resp, err := http.Get("http://" + listen[0] + "/readyz")
		if err == nil {
			resp.Body.Close()
		}
		_, missing := os.Stat(file)
		if err == nil && resp.StatusCode == 200 && (file == "" || missing == nil) {
			return stop
		}
		select {
		case <-ended:
			t.Fatalf("it ended: %s", log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("it does not answer: %s", log.String())
	return nil
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// signIn enters with the password of the old portal and reads the list of requests.
func signIn(t *testing.T, base string, w world) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	for _, p := range w.People {
		if p.Key != "customer-support" {
			continue
		}
		resp, err := c.PostForm(base+"/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if !strings.Contains(resp.Request.URL.Path, "/o/") {
			t.Fatalf("the old password leads to %s, %d", resp.Request.URL, resp.StatusCode)
		}
		resp, err = c.Get(resp.Request.URL.String() + "requests")
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("requests: %v", err)
		}
		resp.Body.Close()
		return
	}
	t.Fatal("the release's world has nobody to sign in")
}
