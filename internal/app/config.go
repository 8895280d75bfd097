package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"lodge/internal/platform/api"
	"lodge/internal/platform/clock"
)

// Config is everything that a process is told at its start.
type Config struct {
	Listen         string // host:port
	BaseURL        string // "https://portal.example.test"; empty only with a loopback Listen
	Database       string // sqlite:PATH or postgres://…
	DatabaseDirect string // past a pooler; empty = Database
	Files          string // file:///FOLDER or s3://BUCKET?…
	Mail           string // smtp://…, smtps://… or capture:
	MailFrom       string // address of the portal; empty = lodge@ and the base URL's host
	Secrets        string // key file
	Leaked         string // file of leaked passwords; empty = none
	Proxies        []netip.Prefix
	Resolver       string // host:port asked for the records of domains; empty = as the system does

	PrivateUpstreams bool // a company's sign-in may be in a private network, and on this computer without TLS

	Clock clock.Clock
	Log   *slog.Logger
	Rates api.Rates // of the API; the zero value stands for api.Usual
	Demo  bool      // gallery, captured mail
}

// Check fills in what follows from the rest and refuses what cannot work, in one sentence.
func (c *Config) Check() error {
	if c.BaseURL == "" {
		host, _, err := net.SplitHostPort(c.Listen)
		if err != nil || !loopback(host) {
			return errors.New("--base-url is needed unless --listen is a loopback address")
		}
		c.BaseURL = "http://" + c.Listen
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--base-url %q: want https://HOST", c.BaseURL)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return fmt.Errorf("--base-url %q: only https is safe outside loopback", c.BaseURL)
	}
	c.BaseURL = u.Scheme + "://" + u.Host
	if c.MailFrom == "" {
		c.MailFrom = "lodge@" + u.Hostname()
		if net.ParseIP(u.Hostname()) != nil || u.Hostname() == "localhost" {
			c.MailFrom = "lodge@localhost.example"
		}
	}
	if c.Resolver != "" {
		if _, _, err := net.SplitHostPort(c.Resolver); err != nil {
			return fmt.Errorf("--resolver %q: want HOST:PORT", c.Resolver)
		}
	}
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// MailDomain is the right side of our Message-IDs.
func (c *Config) MailDomain() string {
	u, err := url.Parse(c.BaseURL)
	if err != nil {
		return "lodge"
	}
	return u.Hostname()
}

// DefaultFiles is the folder for files beside the database.
func DefaultFiles(database string) string {
	folder := "var/files"
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		folder = filepath.Join(filepath.Dir(path), "files")
	}
	abs, err := filepath.Abs(folder)
	if err != nil {
		abs = filepath.Join(os.TempDir(), "lodge-files")
	}
	return "file://" + filepath.ToSlash(abs)
}
