// Package blobtest gives a test an S3 server of its own: versitygw over a temporary folder, on loopback.
package blobtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Bucket is a server with one empty bucket.
type Bucket struct {
	Address string // as --files has it: s3://files?…
	Folder  string // where the server keeps what it has been given, one file an object
}

// What the server knows of who may use it.
const (
	key    = "lodge-test"
	secret = "lodge-test-secret"
	region = "test-1"
	bucket = "files"
)

// Start gives a bucket that lives as long as the test, and puts its credentials into the environment of the test's process. The
// server is built from the tools' module; where that cannot be had the test is skipped, except in CI.
func Start(t testing.TB) Bucket {
	t.Helper()
	program, err := server()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("there is no S3 server, files in a bucket are NOT tested: %v", err)
	}
	dir := t.TempDir()
	b := Bucket{Folder: filepath.Join(dir, "data", bucket)}
	beside := filepath.Join(dir, "beside")
	for _, d := range []string{b.Folder, beside} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	var said bytes.Buffer
	c := exec.Command(program, "--quiet", "--port", at, "--region", region, "--keep-alive", "posix", "--sidecar", beside, filepath.Dir(b.Folder))
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+key, "ROOT_SECRET_KEY="+secret)
	c.Dir, c.Stdout, c.Stderr = dir, &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if err := answers(t.Context(), "http://"+at); err != nil {
		c.Process.Kill()
		c.Wait()
		t.Fatalf("%v: %s", err, said.String())
	}
	known()
	b.Address = "s3://" + bucket + "?" + url.Values{"endpoint": {"http://" + at}, "region": {region}}.Encode()
	return b
}

// known puts the credentials where the program looks for them.
var known = sync.OnceFunc(func() {
	os.Setenv("AWS_ACCESS_KEY_ID", key)
	os.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
})

// server builds the server once and gives the path of its program.
var server = sync.OnceValues(func() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	root := filepath.Dir(strings.TrimSpace(string(mod)))
	c := exec.Command("go", "tool", "-modfile="+filepath.Join(root, "tools", "go.mod"), "-n", "versitygw")
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("go tool versitygw: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
})

// answers waits until somebody is at home.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}
