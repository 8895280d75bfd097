package demo

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lodge/internal/app"
	"lodge/internal/importer"
)

// exported is what an old portal handed over: one customer with its administrator, and rows that are not taken.
var exported = []struct{ name, rows string }{
	{"organisations.csv", `source_id,number,kind,name,country,street,postcode,city,vat_id,language,reference,status,created_on,notes
1,20700,customer,Werkzeugbau Hartmann,DE,Lindenstr. 8,70173,Stuttgart,,en,OLD-1,active,2019-04-02,
2,20701,customer,Hartmann Export,XX,,,,,en,,active,2021-09-14,
`},
	{"people.csv", `source_id,email,email_verified_at,first_name,last_name,language,phone,status,password_scheme,password_hash,created_at,last_sign_in_at
1,ulrike.hartmann@werkzeugbau-hartmann.example,,Ulrike,Hartmann,en,,active,none,,2019-04-02T08:30:00,
2,jens.hartmann@,,Jens,Hartmann,en,,active,none,,2021-09-14T10:00:00,
`},
	{"memberships.csv", `source_id,person_id,organisation_id,site_id,roles,primary,status,since,until
1,1,1,,security-administrator,yes,active,2019-04-02,
2,2,1,,support-restricted,yes,active,2021-09-14,
`},
}

// export packs it as the old portal does.
func (w *World) export() ([]byte, error) {
	type listed struct {
		Rows   int    `json:"rows"`
		Bytes  int    `json:"bytes"`
		SHA256 string `json:"sha256"`
	}
	files := map[string]listed{}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, text []byte) error {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write(text)
		}
		return err
	}
	for _, f := range exported {
		files[f.name] = listed{strings.Count(f.rows, "\n") - 1, len(f.rows), fmt.Sprintf("%x", sha256.Sum256([]byte(f.rows)))}
		if err := put(f.name, []byte(f.rows)); err != nil {
			return nil, err
		}
	}
	manifest, err := json.Marshal(map[string]any{"format": "lodge-import/1", "source": "old-portal", "exported_at": w.today.UTC().Format(time.RFC3339),
		"time_zone": "Europe/Berlin", "files": files})
	if err == nil {
		err = put("manifest.json", manifest)
	}
	if err == nil {
		err = z.Close()
	}
	return out.Bytes(), err
}

// makeImport takes an old portal's export over, as the operator does: handed in, checked, run.
func (w *World) makeImport(ctx context.Context, a *app.App) error {
	karin := w.actor("operator", "vendor")
	packed, err := w.export()
	if err != nil {
		return err
	}
	id, err := a.Imports.HandIn(ctx, karin, "old-portal.zip", int64(len(packed)), bytes.NewReader(packed))
	if err != nil {
		return err
	}
	working, end := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() { defer close(over); a.Imports.Work(working) }()
	defer func() { end(); <-over }()
	if err := w.rests(ctx, a, id, importer.Ready); err != nil {
		return err
	}
	if err := a.Imports.Start(ctx, karin, id); err != nil {
		return err
	}
	return w.rests(ctx, a, id, importer.Done)
}

// rests waits until an import is in a state in which nothing is under way.
func (w *World) rests(ctx context.Context, a *app.App, id, state string) error {
	for {
		in, err := a.Imports.Get(ctx, w.actor("operator", "vendor"), id)
		if err != nil || in.State == state {
			return err
		}
		if !in.Working() {
			return fmt.Errorf("the import is %s: %s", in.State, in.FoundText)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}
