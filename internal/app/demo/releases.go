package demo

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"time"

	"lodge/internal/app"
	"lodge/internal/platform/store"
	"lodge/internal/product"
	"lodge/internal/release"
)

// releases of the world: product, version, day relative to today, what it is, its files, what became of it, whether its files are signed.
var releases = []struct {
	product, channel, version string
	day                       int
	title, notes              string
	mandatory                 bool
	files                     []string
	state                     string // '' = published
	signed                    bool
}{
	{"main", release.Stable, "8.2.4", -100, "Full release", "* Opens drawings of 8.1 twice as fast.", false, []string{"halden-designer-8.2.4-x64.msi"}, "", false},
	{"main", release.Stable, "8.3.0", -18, "Full release", "", false, []string{"halden-designer-8.3.0-x64.msi"}, release.Withdrawn, false},
	{"main", release.Hotfix, "8.3.0-hf2", -4, "Licence server", "Counts a heartbeat as lost after 120 seconds again.", false, []string{"halden-licence-server-8.3.0-hf2.zip"}, "", false},
	{"main", release.Stable, "8.3.1", -3, "Full release", "* Licences stay checked out as long as Designer runs.\n* Export keeps the fonts of the drawing.", false,
		[]string{"halden-designer-8.3.1-x64.msi", "halden-designer-8.3.1-amd64.deb"}, "", false},
	{"main", release.Beta, "8.4.0-beta.1", 0, "Full release", "", false, []string{"halden-designer-8.4.0-beta.1-x64.msi"}, release.Draft, false},
	{"second", release.Stable, "5.6.0", -23, "Windows service", "", true, []string{"collector-setup-5.6.0.exe"}, "", true},
	{"second", release.Stable, "5.7.0", 4, "Windows service", "Reads the new VAT return.", false, []string{"collector-setup-5.7.0.exe"}, release.Signed, true},
	{"third", release.Stable, "3.3", -152, "Desktop client", "", false, []string{"wallboard-3.3-setup.exe"}, "", false},
	{"third", release.Stable, "3.4", -12, "Desktop client", "", false, []string{"wallboard-3.4-setup.exe"}, "", false},
}

// makeReleases publishes what the vendor has released, and lets people have downloaded it.
func (w *World) makeReleases(ctx context.Context, a *app.App, products map[string]product.Product) error {
	who := w.actor("release-manager", "vendor")
	if err := w.makeReleaseKeys(ctx, a); err != nil {
		return err
	}
	for _, r := range releases {
		id, err := a.Releases.Make(ctx, who, release.Plan{Product: w.Products[r.product], Channel: r.channel, Name: r.version, Date: w.day(r.day), Title: r.title,
			Notes: r.notes, Mandatory: r.mandatory})
		for _, name := range r.files {
			if err == nil {
				err = w.upload(ctx, a, id, name)
			}
		}
		version := int64(1 + len(r.files))
		for _, name := range r.files {
			if err == nil && r.signed {
				err, version = w.sign(ctx, a, id, products[r.product].ID, name), version+1
			}
		}
		if err == nil && r.state != release.Draft && r.state != release.Signed {
			err = a.Releases.Publish(ctx, who, id, version)
		}
		if err == nil && r.state == release.Withdrawn {
			err = a.Releases.Withdraw(ctx, who, id, "Licences are released too early")
		}
		if err != nil {
			return fmt.Errorf("release %s: %w", r.version, err)
		}
	}
	return w.makeDownloads(ctx, a, products)
}

// pressKey is the private half of the world's release key: anybody may have it.
var pressKey = ed25519.NewKeyFromSeed([]byte("lodge demo: the key of the press"))

// makeReleaseKeys adds the key that signs, and the one before it.
func (w *World) makeReleaseKeys(ctx context.Context, a *app.App) error {
	before := ed25519.NewKeyFromSeed([]byte("lodge demo: the press before it."))
	for _, k := range []struct {
		name        string
		key         ed25519.PrivateKey
		from, until string
	}{{"Halden press, first", before, w.day(-800), w.day(-60)}, {"Halden press", pressKey, w.day(-90), ""}} {
		public := hex.EncodeToString(k.key.Public().(ed25519.PublicKey))
		if _, err := a.Releases.AddKey(ctx, w.actor("release-manager", "vendor"), release.NewKey{Name: k.name, Public: public, From: k.from, Until: k.until}); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) sign(ctx context.Context, a *app.App, id, product, name string) error {
	text, err := release.Sign(pressKey, product, bytes.NewReader(content(name)))
	if err != nil {
		return err
	}
	return a.Releases.AddSignature(ctx, w.actor("release-manager", "vendor"), id, name+".sig", text)
}

func content(name string) []byte {
	return bytes.Repeat([]byte(name+" is an example of the demo world.\n"), 2000)
}

func (w *World) upload(ctx context.Context, a *app.App, id, name string) error {
	who := w.actor("release-manager", "vendor")
	bytesOf := content(name)
	b, err := a.Releases.PutFile(ctx, who, int64(len(bytesOf)), bytes.NewReader(bytesOf))
	if err != nil {
		return err
	}
	_, err = a.Releases.AddFile(ctx, who, id, release.Upload{Blob: b.ID, Name: name, Platform: platformOf(name), Arch: "x64"})
	return err
}

func platformOf(name string) string {
	switch name[len(name)-4:] {
	case ".msi", ".exe":
		return "windows"
	case ".deb":
		return "linux"
	}
	return "any"
}

// downloads of Piotr's: product, file, version, days ago of the file and of the download.
var downloads = []struct {
	product, file, version string
	made, taken            int
}{
	{"main", "halden-designer-8.1.0-x64.msi", "8.1.0", 368, 355},
	{"main", "halden-designer-8.2.4-x64.msi", "8.2.4", 100, 98},
	{"second", "collector-setup-5.6.0.exe", "5.6.0", 23, 19},
	{"third", "wallboard-3.1-setup.exe", "3.1", 650, 640},
}

func (w *World) makeDownloads(ctx context.Context, a *app.App, products map[string]product.Product) error {
	// Free: lines of one person's history, each with a source of its own.
	return a.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		for i, d := range downloads {
			err := a.Releases.Remember(tx, release.Old{Person: w.people["customer-support"], Org: w.orgs["customer"].ID, Product: products[d.product].ID, FileName: d.file,
				Name: d.version, On: w.day(-d.made), At: tx.Now.Add(-time.Duration(d.taken) * 24 * time.Hour), Source: fmt.Sprintf("demo:%d", i)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
