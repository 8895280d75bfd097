package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/importer"
)

// sample is an export of the importer's own tests.
func sample(name string) string { return filepath.Join("..", "importer", "testdata", "sample", name) }

// packed is a folder as a ZIP.
func packed(t *testing.T, folder string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	if err := z.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// office is where the vendor's operator imports.
type office struct {
	t    *testing.T
	p    *apptest.Portal
	c    *apptest.Client
	base string
}

func officeOf(t *testing.T, p *apptest.Portal, key string) office {
	t.Helper()
	return office{t, p, p.As(t, key), fmt.Sprintf("/o/%d%s", p.World.Organisations["vendor"].Number, importer.At)}
}

// upload sends a file by the form of the page.
func (o office) upload(name string, body []byte) apptest.Page {
	o.t.Helper()
	return o.send(o.c.Get(o.t, o.base).Hidden(), name, body)
}

func (o office) send(hidden map[string][]string, name string, body []byte) apptest.Page {
	o.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for field, values := range hidden {
		for _, v := range values {
			w.WriteField(field, v)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(body)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	w.Close()
	return o.c.Do(o.t, http.MethodPost, o.base, &form, http.Header{"Content-Type": {w.FormDataContentType()}})
}

// post presses a button of an import's page.
func (o office) post(at, act string) apptest.Page {
	o.t.Helper()
	return o.c.Post(o.t, at+"/"+act, o.c.Get(o.t, at).Hidden())
}

// rests waits until nothing is under way any more, as the page's script does, and gives the page.
func (o office) rests(at string) apptest.Page {
	o.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		part := o.c.Do(o.t, http.MethodGet, at, nil, http.Header{"Lodge-Fragment": {"1"}})
		if part.Status != 200 || part.Header.Get("Lodge-Fragment") == "" || strings.Contains(part.Body, "<h1>") {
			o.t.Fatalf("progress of %s: %d %.2000s", at, part.Status, part.Body)
		}
		if !strings.Contains(part.Body, "data-live") {
			return o.c.Get(o.t, at)
		}
	}
	o.t.Fatal("it never ends")
	return apptest.Page{}
}

// command is what the command's report and output say of a folder.
func (o office) command(folder string, dry bool) (report, said string) {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), "report.csv")
	var out bytes.Buffer
	if err := o.p.Import(o.t.Context(), importer.Options{Path: folder, Dry: dry, Report: path, Out: &out}); err != nil {
		o.t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(b), out.String()
}

// totals are the numbers of the page's table: "people.csv 721 …".
func totals(page apptest.Page) string {
	var all []string
	for _, m := range regexp.MustCompile(`(?s)<th scope="row" role="rowheader">([a-z_]+\.csv)</th>(.*?)</tr>`).FindAllStringSubmatch(page.Body, -1) {
		line := m[1]
		for _, n := range regexp.MustCompile(`<div>([\d,]+)</div>`).FindAllStringSubmatch(m[2], -1) {
			line += " " + strings.ReplaceAll(n[1], ",", "")
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

// saidTotals are the same numbers from the output of the command.
func saidTotals(said string) string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z_]+\.csv): ([\d,]+) created, ([\d,]+) updated, ([\d,]+) unchanged, ([\d,]+) skipped, ([\d,]+) refused$`).FindAllStringSubmatch(said, -1) {
		rows, line := 0, ""
		for _, n := range m[2:] {
			var v int
			fmt.Sscan(strings.ReplaceAll(n, ",", ""), &v)
			rows, line = rows+v, line+fmt.Sprint(" ", v)
		}
		all = append(all, fmt.Sprint(m[1], " ", rows, line))
	}
	return strings.Join(all, "\n")
}

func TestAttack_IMP_08_an_import_by_page_comes_to_what_the_command_comes_to(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := officeOf(t, p, "operator")
		report, said := o.command(sample("admin-portal"), true)
		before, blobs := count(t, p, `SELECT count(*) FROM import_row`), count(t, p, `SELECT count(*) FROM blob WHERE state = 'ready'`)
		made := o.upload("admin portal.zip", packed(t, sample("admin-portal")))
		if made.Status != 303 || !strings.HasPrefix(made.Location, o.base+"/") {
			t.Fatalf("hand in: %d %s %.3000s", made.Status, made.Location, made.Body)
		}
		at := made.Location
		page := o.rests(at)
		if got := totals(page); got == "" || got != saidTotals(said) {
			t.Errorf("the check says\n%s\nthe command\n%s", got, saidTotals(said))
		}
		if got := o.c.Get(t, at+"/report.csv"); got.Status != 200 || got.Body != report || !strings.Contains(got.Header.Get("Content-Disposition"), "admin portal.csv") {
			t.Errorf("report of the check: %d %s, %d bytes for %d", got.Status, got.Header.Get("Content-Disposition"), len(got.Body), len(report))
		}
		if n := count(t, p, `SELECT count(*) FROM import_row`); n != before {
			t.Errorf("the check wrote %d rows", n-before)
		}
		if !strings.Contains(page.Body, "people.csv, line ") || !strings.Contains(page.Body, "rows would not be taken") || !strings.Contains(page.Body, "security administrator") {
			t.Errorf("the page does not say what is wrong: %.3000s", page.Body)
		}
		if got := o.post(at, "start"); got.Status != 303 {
			t.Fatalf("start: %d", got.Status)
		}
		page = o.rests(at)
		if got := totals(page); got != saidTotals(said) || !strings.Contains(page.Body, "The export itself has been removed") {
			t.Errorf("the run says\n%s\nthe dry run said\n%s", got, saidTotals(said))
		}
		if got := o.c.Get(t, at+"/report.csv"); got.Body != report {
			t.Error("run and dry run report differently")
		}
		if n := count(t, p, `SELECT count(*) FROM blob WHERE state = 'ready'`) - blobs; n != 1 {
			t.Errorf("%d files are kept, want the last report", n)
		}
		var came importer.Result
		if err := json.Unmarshal([]byte(cell(t, p, `SELECT came FROM import_intake ORDER BY id DESC LIMIT 1`)), &came); err != nil || came.Batches == 0 {
			t.Error(came.Batches, err)
		}
		t.Logf("%d batches that wrote, the longest %v", came.Batches, came.Longest)
		again, _ := o.command(sample("admin-portal"), false)
		if strings.Contains(again, ",created,") || strings.Contains(again, ",updated,") {
			t.Error("the command finds something to do after the page")
		}
		for _, act := range []string{"start", "stop", "discard"} {
			if got := o.post(at, act); got.Status != 409 {
				t.Errorf("%s of one that is done: %d", act, got.Status)
			}
		}
		log := o.c.Get(t, strings.TrimSuffix(o.base, importer.At)+"/events").Body
		for _, want := range []string{"Export handed in for import", "Import started", "Check or run of an import ended", "Report of an import fetched"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log does not say %q", want)
			}
		}
		if list := o.c.Get(t, o.base); !strings.Contains(list.Body, "admin-portal") || !strings.Contains(list.Body, "Karin Dahl") || !strings.Contains(list.Body, at) {
			t.Errorf("the list does not show it: %.3000s", list.Body)
		}
	})
}

// entries makes a ZIP of entries as they are given.
func entries(t *testing.T, all ...zip.FileHeader) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, h := range all {
		w, err := z.CreateHeader(&h)
		if err == nil && !strings.HasSuffix(h.Name, "/") {
			_, err = io.WriteString(w, "source_id\n")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func called(names ...string) (all []zip.FileHeader) {
	for _, n := range names {
		all = append(all, zip.FileHeader{Name: n, Method: zip.Deflate})
	}
	return all
}

func TestAttack_IMP_10_a_hostile_archive_is_refused_at_the_field_and_leaves_nothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := officeOf(t, p, "operator")
		link := zip.FileHeader{Name: "people.csv"}
		link.SetMode(fs.ModeSymlink | 0o777)
		var bomb, flood bytes.Buffer
		z := zip.NewWriter(&bomb)
		w, _ := z.Create("people.csv")
		w.Write(make([]byte, 20<<20))
		z.Close()
		z = zip.NewWriter(&flood)
		for i := range 30_000 {
			z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%d.csv", i)})
		}
		z.Close()
		for what, c := range map[string]struct {
			body []byte
			says string
		}{
			"slip":        {entries(t, called("../people.csv")...), "has no place in an export"},
			"absolute":    {entries(t, called("/etc/people.csv")...), "has no place in an export"},
			"Windows":     {entries(t, called(`..\people.csv`)...), "has no place in an export"},
			"nested":      {entries(t, called("manifest.json", "a/b/people.csv")...), "has no place in an export"},
			"a ZIP in it": {entries(t, called("manifest.json", "people.zip")...), "has no place in an export"},
			"link":        {entries(t, link), "is a link or no plain file"},
			"bomb":        {bomb.Bytes(), "would unpack to more than"},
			"flood":       {flood.Bytes(), "lists more entries than the 100"},
			"twice":       {entries(t, called("people.csv", "people.csv")...), "twice"},
			"no ZIP":      {[]byte("PK\x03\x04 no"), "cannot be read as a folder or a ZIP"},
			"nothing":     {nil, "cannot be read as a folder or a ZIP"},
		} {
			page := o.upload("hostile.zip", c.body)
			if page.Status != 422 || !strings.Contains(page.Body, c.says) || !strings.Contains(page.Body, `aria-invalid="true"`) {
				t.Errorf("%s: %d, does not say %q: %.1500s", what, page.Status, c.says, page.Body)
			}
		}
		if n := count(t, p, `SELECT count(*) FROM import_intake WHERE file_name = 'hostile.zip'`) + count(t, p, `SELECT count(*) FROM blob WHERE state = 'pending'`); n != 0 {
			t.Errorf("%d things are left of them", n)
		}
		// A header that lies about what is packed shows when it is unpacked.
		lies := bytes.Replace(entries(t, zip.FileHeader{Name: "manifest.json", Method: zip.Store}), []byte("source_id\n"), []byte("source_id!"), 1)
		page := o.rests(o.upload("lies.zip", lies).Location)
		if !strings.Contains(page.Body, "manifest.json in the ZIP is damaged") || !strings.Contains(page.Body, "Refused") {
			t.Errorf("a lie: %.3000s", page.Body)
		}
		if page := o.rests(o.upload("no manifest.zip", entries(t, called("people.csv")...)).Location); !strings.Contains(page.Body, "The folder has no manifest.json") {
			t.Errorf("no manifest: %.3000s", page.Body)
		}
	})
}
