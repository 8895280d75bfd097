package faults

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// exported is the larger of the importer's own exports, as a ZIP.
func exported(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	err := z.AddFS(os.DirFS(filepath.Join("..", "..", "internal", "importer", "testdata", "sample", "admin-portal")))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// importPage is the page of an import, which one portal or the other shows.
type importPage struct {
	*portal
	c    *http.Client
	path string
}

func (p *portal) handIn(c *http.Client, body []byte) importPage {
	p.t.Helper()
	at := fmt.Sprintf("http://%s/o/%d/settings/import", p.address, p.world.Organisations["vendor"].Number)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, values := range p.opened(c, at) {
		w.WriteField(name, values[0])
	}
	part, err := w.CreateFormFile("file", "admin.zip")
	if err == nil {
		_, err = part.Write(body)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	w.Close()
	r, err := c.Post(at, w.FormDataContentType(), &form)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusSeeOther {
		p.t.Fatalf("hand in: %d", r.StatusCode)
	}
	return importPage{p, c, r.Header.Get("Location")}
}

func (i importPage) page() string {
	r, err := i.c.Get("http://" + i.address + i.path)
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	return string(b)
}

// totals waits until nothing is under way and gives the numbers of the page.
func (i importPage) totals() string {
	i.t.Helper()
	var page string
	for end := time.Now().Add(2 * time.Minute); !strings.Contains(page, "<h1>") || strings.Contains(page, "data-live"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			i.t.Fatalf("it never rests: %.3000s\n%s", page, i.log)
		}
		page = i.page()
	}
	var all []string
	for _, m := range regexp.MustCompile(`(?s)<th scope="row" role="rowheader">([a-z_]+\.csv)</th>(.*?)</tr>`).FindAllStringSubmatch(page, -1) {
		all = append(all, m[1]+" "+strings.Join(regexp.MustCompile(`\d+`).FindAllString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[2], " "), -1), " "))
	}
	return strings.Join(all, "\n")
}

func (i importPage) start() {
	i.t.Helper()
	at := "http://" + i.address + i.path
	if got := i.post(i.c, at+"/start", i.opened(i.c, at)); got.code != http.StatusSeeOther {
		i.t.Fatalf("start: %d", got.code)
	}
}

// rowsTaken waits until that many rows have been taken.
func rowsTaken(t *testing.T, database string, n int) {
	t.Helper()
	db, err := store.Open(t.Context(), database, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if number(t, db, `SELECT count(*) FROM import_row`) >= n {
			return
		}
	}
	t.Fatalf("never %d rows", n)
}

// TestAttack_IMP_08_OPS_01: the process dies in the middle of the run again and again; each time the run goes on by itself, and what it says in
// the end is what the check said in the beginning.
func TestAttack_IMP_08_OPS_01_an_import_by_page_killed_again_and_again_goes_on_and_comes_to_the_same(t *testing.T) {
	for name, base := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + storetest.LitePath(t) },
		"postgres": func(t *testing.T) string { return storetest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) { killedAgainAndAgain(t, base(t)) })
	}
}

func killedAgainAndAgain(t *testing.T, database string) {
	if _, err := lodge(); err != nil { // built elsewhere
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	p := demo(t, database)
	in := p.handIn(p.browser("operator"), exported(t))
	found := in.totals()
	if !strings.Contains(found, "people.csv 721 ") {
		t.Fatalf("the check says %q", found)
	}
	in.start()
	for _, rows := range []int{20, 300, 900} {
		rowsTaken(t, database, rows)
		p.cmd.Process.Kill()
		p.cmd.Wait()
		if strings.Contains(p.log.String(), "panic") {
			t.Fatal(p.log)
		}
		p.again()
	}
	if came := in.totals(); came != found {
		t.Errorf("the check says\n%s\nthe run that was killed\n%s", found, came)
	}
	whole(t, database)
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "lodge-import-*")); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v %v", left, err)
	}
}

// TestTwoNodes_an_import_goes_on_at_the_other: the export lies where both find it.
func TestTwoNodes_an_import_goes_on_at_the_other_node_when_one_dies(t *testing.T) {
	one := demo(t, storetest.PostgresURL(t))
	in := one.handIn(one.browser("operator"), exported(t))
	found := in.totals()
	two := *one
	two.address = free(t)
	two.again()
	in.start()
	rowsTaken(t, one.database, 200)
	one.cmd.Process.Kill()
	one.cmd.Wait()
	in.portal = &two
	if came := in.totals(); came != found {
		t.Errorf("the check says\n%s\nthe run at two nodes\n%s", found, came)
	}
}
