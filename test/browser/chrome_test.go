// Package browser drives the portal in Chromium as people do.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"lodge/internal/app/apptest"
)

// chrome is one browser; each tab has its own cookies.
func chrome(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium is not installed")
		}
		t.Skip("Chromium is not installed: pages are NOT tested in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil { // the first context owns the browser: no time-out on it
		t.Fatal(err)
	}
	return ctx
}

// tab is one person's browser.
type tab struct {
	*testing.T
	ctx  context.Context
	base string
	who  string
}

// open opens a tab with cookies of its own.
func open(t *testing.T, browser context.Context, p *apptest.Portal, who string) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	b := &tab{T: t, ctx: ctx, base: p.URL, who: who}
	b.do(chromedp.EmulateViewport(1280, 900))
	if who != "" {
		b.signIn(p)
	}
	return b
}

func portal(t *testing.T) *apptest.Portal {
	t.Helper()
	if _, err := os.Stat("../../assets/dist/manifest.json"); err != nil {
		t.Fatal("the assets are not built; run: make assets")
	}
	return apptest.Start(t, apptest.Lite)
}

// do runs actions, each within ten seconds.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx); err != nil { // the tab's first action must not have a time-out
		b.Fatal(err)
	}
	for i, a := range actions {
		ctx, end := context.WithTimeout(b.ctx, 10*time.Second)
		err := chromedp.Do(ctx, a)
		end()
		if err != nil {
			b.shot("failed")
			b.Fatalf("%s: step %d: %v (at %s)", b.who, i+1, err, b.address())
		}
	}
}

func (b *tab) get(path string) { b.Helper(); b.do(chromedp.Navigate(b.base + path)) }

func (b *tab) click(sel string) { b.Helper(); b.do(chromedp.Click(chromedp.CSS(sel))) }

// typed puts a text into a field; by script, because keys swallow some letters.
func (b *tab) typed(sel, text string) {
	b.Helper()
	q, err := json.Marshal(text)
	if err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.WaitVisible(chromedp.CSS(sel)))
	b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.focus(); e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); return true })()`, sel, q))
}

// press clicks a button and waits until the next page is there.
func (b *tab) press(sel string) {
	b.Helper()
	b.eval(`(() => { window.__old = true; return true })()`)
	b.click(sel)
	again := time.Now().Add(6 * time.Second) // a click is lost where the page moves under it: a draft was saved at that moment
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(again) {
			again = again.Add(time.Minute)
			b.click(sel)
		}
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		fresh, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!window.__old && document.readyState === 'complete'`))
		cancel()
		if err == nil && fresh {
			return
		}
	}
	b.shot("failed")
	b.Fatalf("%s: no page after %s (at %s)", b.who, sel, b.address())
}

func (b *tab) eval(script string) {
	b.Helper()
	ctx, end := context.WithTimeout(b.ctx, 10*time.Second)
	defer end()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script)); err != nil {
		b.Fatalf("%s: %v", script, err)
	}
}

func (b *tab) address() string {
	ctx, end := context.WithTimeout(b.ctx, 5*time.Second)
	defer end()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return strings.TrimPrefix(at, b.base)
}

// text is what the page shows.
func (b *tab) text() string {
	b.Helper()
	ctx, end := context.WithTimeout(b.ctx, 10*time.Second)
	defer end()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func (b *tab) sees(words ...string) {
	b.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.shot("failed")
			b.Errorf("%s at %s does not see %q", b.who, b.address(), w)
		}
	}
}

func (b *tab) seesNot(words ...string) {
	b.Helper()
	text := b.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			b.shot("failed")
			b.Errorf("%s at %s sees %q", b.who, b.address(), w)
		}
	}
}

// shot takes a picture of a failure into the folder that LODGE_SHOTS names.
func (b *tab) shot(name string) {
	dir := os.Getenv("LODGE_SHOTS")
	if dir == "" {
		return
	}
	ctx, end := context.WithTimeout(b.ctx, 10*time.Second)
	defer end()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.Log(err)
	}
}

// look sets width and colours of the page.
func (b *tab) look(width int64, dark bool) {
	b.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}
