package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// desk is a small installation that rows of any file can be given to, one source and one file at a time.
type desk struct {
	t      *testing.T
	memory *memory
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return &desk{t, newMemory()}
}

// give imports the rows of one file and gives what each came to, as "outcome code". The first line is the header.
func (d *desk) give(source, file string, lines ...string) []string {
	d.t.Helper()
	return d.folder(source, map[string][]string{file: lines})
}

// folder imports several files at once, with a dry run before that must say the same.
func (d *desk) folder(source string, files map[string][]string) []string {
	d.t.Helper()
	bodies := map[string]string{}
	for name, lines := range files {
		bodies[name] = strings.Join(lines, "\n") + "\n"
	}
	dir := export(d.t, bodies, func(_ string, m map[string]any) { m["source"] = source })
	f, err := Open(dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	c, err := Check(f)
	if err != nil || len(c.Findings) > 0 {
		d.t.Fatal(err, c.Findings)
	}
	d.memory.source, d.memory.high = source, c.HighestNumber
	var all [2][]string
	for i, dry := range []bool{true, false} {
		im := &Import{
			Folder: f, Checked: c, Readers: NewReaders(time.UTC), Transact: d.memory.transact, Dry: dry, Batch: 1 + i,
			Line: func(l Line) error {
				all[i] = append(all[i], strings.TrimSpace(string(l.Outcome)+" "+l.Code()))
				return nil
			},
		}
		if _, err := im.Run(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
	}
	if !slices.Equal(all[0], all[1]) {
		d.t.Errorf("dry run says %q, run %q", all[0], all[1])
	}
	return all[1]
}

// expect is give with the outcomes that are to come.
func (d *desk) expect(source, file string, lines []string, want ...string) {
	d.t.Helper()
	if got := d.give(source, file, lines...); !slices.Equal(got, want) {
		d.t.Errorf("%s of %s:\n got %q\nwant %q", file, source, got, want)
	}
}

const (
	orgHead     = "source_id,number,kind,name,country,status"
	siteHead    = "source_id,organisation_id,number,name,country,status"
	personHead  = "source_id,email,email_verified_at,first_name,last_name,status,password_scheme,password_hash"
	memberHead  = "source_id,person_id,organisation_id,site_id,roles,primary,status,since,until"
	relateHead  = "source_id,partner_id,customer_id,roles,from,until"
	productHead = "source_id,code,name,status"
	licenceHead = "source_id,number,organisation_id,site_id,product_id,quantity,term,issued_on,valid_until,status"
	supportHead = "source_id,number,organisation_id,level,starts_on,ends_on,status"
	entitleHead = "source_id,contract_id,licence_id,product_id"

	goodHash = `$2a$04$Y8uWIolRsmDhG83Q.1M6buJLL1twypQxgFUz21wWmtLvdYn898GqO`
)

// stock gives source a two partners p, q, two customers c, d, sites s of c and u of d, people x, y, a product and a licence.
func (d *desk) stock() {
	d.t.Helper()
	got := d.folder("a", map[string][]string{
		Organisations: {orgHead, "p,10001,partner,P,PL,active", "q,10002,partner,Q,PL,active", "c,10003,customer,C,PL,active", "d,10004,customer,D,FR,active"},
		Sites:         {siteHead, "s,c,10005,S,PL,active", "u,d,,U,PL,active"},
		People:        {personHead, "x,x@one.example,,X,X,active,,", "y,y@one.example,,Y,Y,active,,"},
		Products:      {productHead, "k,KILN,Kiln,active", "w,WEFT,Weft,active"},
		Licences:      {licenceHead, "l,7K3-MQ2-X9W,c,s,k,1,perpetual,2020-01-01,,active"},
	})
	if len(got) != 11 || slices.ContainsFunc(got, func(s string) bool { return s != "created" }) {
		d.t.Fatal(got)
	}
}

func TestARunThatIsBrokenOffAnywhereIsCompletedByTheNext(t *testing.T) {
	var whole []string
	for broken := 0; ; broken++ {
		m := newMemory()
		d := &desk{t, m}
		files := map[string][]string{
			Organisations: {orgHead, "p,10001,partner,P,PL,active", "c,,customer,C,PL,active", "c2,10001,customer,C,PL,active"},
			People:        {personHead, "x,x@one.example,,X,X,active,,", "x2,X@one.example,,X,X,disabled,bcrypt," + goodHash, "x3,x@one.example,,X,X,active,bcrypt," + goodHash},
			Memberships:   {memberHead, "1,x,c,,reporting,yes,active,,", "2,x2,p,,reporting,yes,active,,", "3,x2,c,,licensing;nonsense,,active,,"},
			Relations:     {relateHead, "1,p,c,reporting,2020-01-01,", "2,p,c,reporting,2021-01-01,"},
		}
		stop := fmt.Errorf("power cut")
		_, err := runBroken(t, m, files, broken, stop)
		lines := d.folder("a", files)
		for i, l := range lines {
			lines[i] = strings.NewReplacer("unchanged", "taken", "created", "taken", "updated", "taken").Replace(l)
		}
		if whole == nil {
			whole = lines
		}
		if !slices.Equal(lines, whole) {
			t.Errorf("broken off at transaction %d: %q, want %q", broken, lines, whole)
		}
		if got := len(m.things); got != 6 {
			t.Errorf("broken off at transaction %d: %d things, want 6", broken, got)
		}
		if err == nil {
			if broken < 11 {
				t.Errorf("only %d transactions", broken)
			}
			return
		}
	}
}

// runBroken imports row by row and stops at a transaction, after it has written.
func runBroken(t *testing.T, m *memory, files map[string][]string, at int, stop error) (int, error) {
	t.Helper()
	bodies := map[string]string{}
	for name, lines := range files {
		bodies[name] = strings.Join(lines, "\n") + "\n"
	}
	f, err := Open(export(t, bodies, func(_ string, m map[string]any) { m["source"] = "a" }))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	m.source, m.high = "a", c.HighestNumber
	n := 0
	im := &Import{Folder: f, Checked: c, Readers: NewReaders(time.UTC), Batch: 1, Line: func(Line) error { return nil },
		Transact: func(ctx context.Context, do func(World) error) error {
			if err := m.transact(ctx, do); err != nil {
				return err
			}
			if n++; n == at+1 {
				return stop
			}
			return nil
		}}
	_, err = im.Run(t.Context())
	return n, err
}

func TestATransactionThatIsRunAgainDecidesTheSame(t *testing.T) {
	m := newMemory()
	c := &Checked{}
	c.Source = "a"
	m.source = "a"
	rows := func() []*Row {
		r := &Rows{File: Files()[0], Readers: NewReaders(time.UTC), Records: &Records{R: strings.NewReader(
			orgHead + "\n1,10001,customer,A,PL,active\n2,10001,customer,A,PL,active\n")}}
		all, err := next(r, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}()
	var got []string
	im := &Import{Checked: c, lost: onDisk[RowKey, bool](nil, "lost"), ledger: ledgerOn(nil),
		Line: func(l Line) error { got = append(got, string(l.Outcome)+" "+l.Code()); return nil },
		Transact: func(_ context.Context, do func(World) error) error {
			if err := do(World{}); err != nil { // rolled back
				return err
			}
			return m.transact(t.Context(), do)
		}}
	if err := im.batch(t.Context(), rows, Totals{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []string{"created ", "refused number_taken"}) {
		t.Error(got)
	}
}
