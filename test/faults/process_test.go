package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/importer"
	"lodge/internal/platform/web"
)

// asPortal is the environment variable that makes this test binary the portal itself, with its points watched.
const asPortal = "FAULTS_PORTAL"

// orders are the value of asPortal.
type orders struct {
	Do       string // serve, init, import
	Config   app.Config
	KillAt   string // of init and import, see points
	From, To string // of import: folder, report
}

// config is the portal's over a folder that the demo made.
func config(dir, database, listen, mail string) app.Config {
	return app.Config{Listen: listen, Database: database, Files: "file://" + filepath.Join(dir, "files"), Secrets: filepath.Join(dir, "lodge.key"), Mail: mail,
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

// process is main of the portal.
func process(ordered string) error {
	var o orders
	if err := json.Unmarshal([]byte(ordered), &o); err != nil {
		return err
	}
	ctx := context.Background()
	a, err := app.Open(ctx, o.Config)
	if err != nil {
		return err
	}
	p := &points{passed: map[string][]string{}}
	a.Store.Point = p.pass
	switch o.Do {
	case "serve":
		return serve(ctx, a, p)
	case "init":
		p.order(o.KillAt)
		_, _, err = a.Accounts.Init(ctx, account.NewVendor{Name: "Halden Software", Country: "SE"})
	case "import":
		p.order(o.KillAt)
		err = a.Import(ctx, importer.Options{Path: o.From, Report: o.To, Out: os.Stderr})
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(p.passed)
	}
	return err
}

func serve(ctx context.Context, a *app.App, p *points) error {
	h, err := a.Site.Handler()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", a.Config.Listen)
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	return web.Server(p.before(h)).Serve(l)
}

// points are those that the process has passed since it was told to look, by thread: what the form's own request did, what
// jobs did because of it, and the sealing of events. Each thread passes them in the same order every time.
type points struct {
	mu     sync.Mutex
	kill   string // "job 3": the third that a job passes is the last; nowhere: none is
	passed map[string][]string
}

const nowhere = "nowhere"

func (p *points) order(kill string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill = kill
	clear(p.passed)
}

// pass is store.DB.Point.
func (p *points) pass(ctx context.Context, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kill == "" {
		return
	}
	thread := thread(ctx)
	if thread == "" {
		return
	}
	p.passed[thread] = append(p.passed[thread], name)
	if fmt.Sprint(thread, " ", len(p.passed[thread])) == p.kill {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

type requestKey struct{}

func thread(ctx context.Context) string {
	switch stack := string(debug.Stack()); {
	case strings.Contains(stack, "app.(*App).sweep("), strings.Contains(stack, ").Touch("), strings.Contains(stack, ").Entered("):
		return "" // these come when they like
	case ctx.Value(requestKey{}) != nil:
		return "request"
	case strings.Contains(stack, "event.SealNew("):
		return "seal"
	case strings.Contains(stack, "riverqueue"):
		return "job"
	}
	return "command"
}

// before takes the test's orders: the header Kill-At begins to count with this request, /-/passed tells what was passed.
func (p *points) before(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/-/passed" {
			p.mu.Lock()
			defer p.mu.Unlock()
			json.NewEncoder(w).Encode(p.passed)
			return
		}
		if kill := r.Header.Get("Kill-At"); kill != "" {
			p.order(kill)
			r = r.WithContext(context.WithValue(r.Context(), requestKey{}, true))
		}
		h.ServeHTTP(w, r)
	})
}
