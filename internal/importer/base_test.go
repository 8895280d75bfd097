package importer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/identity"
	"lodge/internal/licence"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/release"
	"lodge/internal/schema"
)

// portal is an installation with its vendor and nothing else.
type portal struct {
	*Command
	t      *testing.T
	vendor account.Organisation
}

func newPortal(t *testing.T, db *store.DB) *portal {
	t.Helper()
	keys, err := crypt.LoadOrMake(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.New(Lang, identity.Lang, account.Lang, product.Lang, contract.Lang)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := job.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	events := &event.Log{}
	office := &mail.Office{DB: db, Jobs: jobs, Keys: keys, Catalogue: texts, Sender: &mail.Capture{}, From: "lodge@vendor.example", FromName: "Lodge"}
	hasher := &crypt.Hasher{Wait: time.Minute}
	people := &identity.Identities{Store: db, Events: events, Hasher: hasher, Keys: keys, Limits: &limit.Limits{DB: db}, Jobs: jobs, Office: office,
		BaseURL: "https://lodge.example", Staff: account.Staff, MustFactor: account.MustFactor, Companies: account.Companies,
		Vendor: func(*store.Tx) (string, error) { return "Vendor", nil }}
	accounts := &account.Accounts{Store: db, Events: events, Identities: people, Hasher: hasher, Office: office, Roles: who.Table{}, BaseURL: "https://lodge.example"}
	events.Reactions = map[string][]event.Reaction{identity.SignedIn{}.EventName(): {accounts.OnSignIn}}
	p := &portal{t: t, Command: &Command{Store: db, Accounts: accounts, Identities: people, Hasher: hasher, Keys: keys, Text: texts.For("en").T,
		Products: &product.Products{Store: db, Events: events}, Contracts: &contract.Contracts{Store: db, Events: events},
		Licences: &licence.Licences{Store: db, Events: events}, Releases: &release.Releases{Store: db, Events: events}}}
	if p.vendor, _, err = accounts.Init(t.Context(), account.NewVendor{Name: "Vendor", Country: "PL"}); err != nil {
		t.Fatal(err)
	}
	return p
}

// told is what an import said.
type told struct {
	out  string
	rows [][]string // of the report, without its header
	err  error
}

// bring imports a folder, after a dry run that must write nothing and say the same.
func (p *portal) bring(folder string) told {
	p.t.Helper()
	before := p.digest()
	dry := p.run(p.t.Context(), folder, true)
	if after := p.digest(); after != before {
		p.t.Error("the dry run wrote something")
	}
	real := p.run(p.t.Context(), folder, false)
	if real.err != nil {
		p.t.Fatal(real.err)
	}
	if dry.err != nil || !slices.EqualFunc(dry.rows, real.rows, slices.Equal) {
		p.t.Errorf("the dry run of %s says something else: %v", folder, dry.err)
		for i := range min(len(dry.rows), len(real.rows)) {
			if !slices.Equal(dry.rows[i], real.rows[i]) {
				p.t.Logf("dry %q\nrun %q", dry.rows[i], real.rows[i])
			}
		}
	}
	// Numbers are given when an organisation is written, so a dry run names such organisations without one.
	plain := func(s string) string {
		lines := strings.Split(strings.ReplaceAll(s, p.Text("importer.dry")+"\n", ""), "\n")
		for i, l := range lines {
			if name, ok := strings.CutPrefix(l, "  "); ok {
				_, lines[i], _ = strings.Cut(name, "  ")
			}
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	if plain(dry.out) != plain(real.out) {
		p.t.Errorf("the dry run of %s ends with\n%s\nthe run with\n%s", folder, dry.out, real.out)
	}
	return real
}

func (p *portal) run(ctx context.Context, folder string, dry bool) told {
	p.t.Helper()
	report := filepath.Join(p.t.TempDir(), "report.csv")
	var out bytes.Buffer
	var said told
	said.err = p.Run(ctx, Options{Path: folder, Dry: dry, Report: report, Out: &out})
	said.out = out.String()
	f, err := os.Open(report)
	if err != nil {
		return said
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	if len(rows) > 0 {
		said.rows = rows[1:]
	}
	return said
}

var tableForm = regexp.MustCompile(`(?m)^CREATE TABLE (\w+) \(`)

// allTables are those of the schema.
func allTables(t testing.TB) []string {
	t.Helper()
	var all []string
	names, err := fs.Glob(schema.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := schema.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tableForm.FindAllStringSubmatch(string(b), -1) {
			if !strings.HasPrefix(m[1], "search_") && !slices.Contains(all, m[1]) {
				all = append(all, m[1])
			}
		}
	}
	if len(all) < 30 {
		t.Fatalf("only %d tables are known", len(all))
	}
	return all
}

// each calls f with every row of every table, as texts.
func (p *portal) each(f func(table string, cells []string)) {
	p.t.Helper()
	err := p.Store.Read(p.t.Context(), func(tx *store.Tx) error {
		for _, table := range allTables(p.t) {
			rows, err := tx.SQL().QueryContext(p.t.Context(), "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				cells, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
				for i := range cells {
					to[i] = &cells[i]
				}
				if err := rows.Scan(to...); err != nil {
					return err
				}
				texts := make([]string, len(columns))
				for i, c := range cells {
					texts[i] = c.String
				}
				f(table, texts)
			}
			if err := rows.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// digest changes with any change of any row.
func (p *portal) digest() string {
	var all []string
	p.each(func(table string, cells []string) { all = append(all, table+"\x00"+strings.Join(cells, "\x00")) })
	slices.Sort(all)
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(all, "\n"))))
}

// query reads rows of strings joined by a blank.
func query[T any](p *portal, q string, args ...any) (all []T) {
	p.t.Helper()
	err := p.Store.Read(p.t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Query[T](tx, q, args...)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// write is a change that somebody makes in Lodge.
func (p *portal) write(f func(*store.Tx) error) {
	p.t.Helper()
	if err := p.Store.Write(p.t.Context(), store.Free, f); err != nil {
		p.t.Fatal(err)
	}
}

var visits int

// signIn signs in from a network of its own, so that no other failure slows it down.
func (p *portal) signIn(email, password string) (identity.Started, error) {
	visits++
	v := identity.Visit{Address: fmt.Sprintf("10.%d.%d.1", visits/250, visits%250), Device: "Firefox"}
	return p.Identities.SignIn(p.t.Context(), email, password, v)
}

var codeForm = regexp.MustCompile(`\b\d{6}\b`)

// code is what the last letter to the address says.
func (p *portal) code(email string) string {
	p.t.Helper()
	sealed := query[string](p, `SELECT sealed FROM mail WHERE to_address = $1 ORDER BY id DESC LIMIT 1`, email)
	if len(sealed) == 0 {
		p.t.Fatal("no letter to", email)
	}
	b, err := base64.StdEncoding.DecodeString(sealed[0])
	if err == nil {
		b, err = p.Keys.Open("mail", b)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return codeForm.FindString(string(b))
}

// onBoth runs f on both engines.
func onBoth(t *testing.T, f func(t *testing.T, p *portal)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newPortal(t, db)) })
}

// peopleOf are the cells of people.csv by source_id and column.
func peopleOf(t *testing.T, folder string) map[string]map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, People))
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			continue
		}
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = strings.TrimSpace(row[i])
		}
		all[cells[sourceID]] = cells
	}
	return all
}
