package importer

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lodge/internal/platform/fault"
)

// export writes a folder with a manifest that fits it; edit may spoil either.
func export(t *testing.T, files map[string]string, edit func(dir string, manifest map[string]any)) string {
	t.Helper()
	dir := t.TempDir()
	listed := map[string]any{}
	for name, body := range files {
		write(t, filepath.Join(dir, name), body)
		listed[name] = map[string]any{
			"rows": max(0, strings.Count(body, "\n")-1), "bytes": len(body), "sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(body))),
		}
	}
	m := map[string]any{
		"format": "lodge-import/1", "source": "old", "exported_at": "2026-10-01T06:00:00+02:00", "time_zone": "Europe/Warsaw", "files": listed,
	}
	if edit != nil {
		edit(dir, m)
	}
	if m != nil && m["format"] != nil {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, manifestName), string(b))
	}
	return dir
}

func write(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

func checked(t *testing.T, path string) *Checked {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func findings(c *Checked) string {
	var all []string
	for _, f := range c.Findings {
		all = append(all, f.File+" "+f.Code)
	}
	return strings.Join(all, ", ")
}

const (
	goodProducts = "source_id,code,name,status\n1,CAL,Calibro,active\n"
	goodSites    = "source_id,organisation_id,name,country,status\n1,1,Werk Süd,DE,active\n"
)

func TestAttack_IMP_01_a_fault_of_a_whole_file_is_found_and_nothing_is_imported(t *testing.T) {
	utf16 := "\xff\xfes\x00o\x00u\x00r\x00c\x00e\x00"
	listedAs := func(file, key string, v any) func(string, map[string]any) {
		return func(_ string, m map[string]any) { m["files"].(map[string]any)[file].(map[string]any)[key] = v }
	}
	for _, c := range []struct {
		name, body string // of products.csv
		edit       func(string, map[string]any)
		want       string
	}{
		{"good", goodProducts, nil, ""},
		{"good with columns turned round and quoted", "status,\" name \",code,source_id\nactive,Calibro,CAL,1\n", nil, ""},
		{"good with a mark and CRLF", "\ufeffsource_id,code,name,status\r\n1,CAL,Calibro,active\r\n", nil, ""},
		{"not listed", goodProducts, func(_ string, m map[string]any) { m["files"] = map[string]any{} }, "products.csv file_unlisted"},
		{"missing", goodProducts, func(d string, _ map[string]any) { os.Remove(filepath.Join(d, Products)) }, "products.csv file_missing"},
		{"other hash", goodProducts, listedAs(Products, "sha256", strings.Repeat("0", 64)), "products.csv file_hash"},
		{"other size", goodProducts, listedAs(Products, "bytes", 1), "products.csv file_hash"},
		{"hash before encoding", utf16, listedAs(Products, "bytes", 1), "products.csv file_hash"},
		{"UTF-16", utf16, nil, "products.csv file_encoding"},
		{"CP-1250", "source_id,code,name,status\n1,CAL,\xafuraw,active\n", nil, "products.csv file_encoding"},
		{"an overlong sequence", "source_id,code,name,status\n1,CAL,\xc0\xaf,active\n", nil, "products.csv file_encoding"},
		{"half a surrogate", "source_id,code,name,status\n1,CAL,\xed\xa0\x80,active\n", nil, "products.csv file_encoding"},
		{"cut in a character", "source_id,code,name,status\n1,CAL,Calibro,active\n\xc5", nil, "products.csv file_encoding"},
		{"NUL", "source_id,code,name,status\n1,CAL,Cal\x00ibro,active\n", nil, "products.csv file_encoding"},
		{"encoding before quotes, behind them", "source_id,code,name,status\n1,C\"AL,Calibro,active\n2,B,\xff,active\n", nil, "products.csv file_encoding"},
		{"quote in a cell", "source_id,code,name,status\n1,C\"AL,Calibro,active\n", nil, "products.csv file_quoting"},
		{"cut quotes", "source_id,code,name,status\n1,CAL,\"Calibro,active\n", nil, "products.csv file_quoting"},
		{"quotes before header", "source_id,code\n1,C\"AL\n", nil, "products.csv file_quoting"},
		{"required column absent", "source_id,code,name\n1,CAL,Calibro\n", nil, "products.csv file_header"},
		{"no source_id", "code,name,status\nCAL,Calibro,active\n", nil, "products.csv file_header"},
		{"unknown column", "source_id,code,name,status,colour\n1,CAL,Calibro,active,red\n", nil, "products.csv file_header"},
		{"doubled column", "source_id,code,name,status,name\n1,CAL,Calibro,active,x\n", nil, "products.csv file_header"},
		{"doubled source_id", "source_id,code,name,status,source_id\n1,CAL,Calibro,active,1\n", nil, "products.csv file_header"},
		{"other letter case", "source_id,Code,name,status\n1,CAL,Calibro,active\n", nil, "products.csv file_header"},
		{"empty", "", nil, "products.csv file_header"},
		{"header before rows", "source_id,code,name\n", listedAs(Products, "rows", 7), "products.csv file_header"},
		{"too few rows", goodProducts, listedAs(Products, "rows", 2), "products.csv file_rows"},
		{"too many rows", goodProducts, listedAs(Products, "rows", 0), "products.csv file_rows"},
		{"foreign CSV", goodProducts, func(d string, _ map[string]any) { write(t, filepath.Join(d, "hosts.CSV"), "x") }, "hosts.CSV file_unlisted"},
		{"other things lie about", goodProducts, func(d string, _ map[string]any) { write(t, filepath.Join(d, "README.txt"), "x") }, ""},
		{"no manifest", goodProducts, func(_ string, m map[string]any) { clear(m) }, "manifest.json manifest_missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := export(t, map[string]string{Products: c.body}, c.edit)
			ch := checked(t, dir)
			if got := findings(ch); got != c.want {
				t.Fatalf("found %q, want %q", got, c.want)
			}
			if c.want != "" {
				im := &Import{Checked: ch, Line: func(Line) error { t.Error("a row was decided"); return nil }}
				if _, err := im.Run(t.Context()); err == nil {
					t.Error("it was imported")
				}
			}
		})
	}
}

func TestEveryFileIsCheckedThoseOfLaterFeaturesToo(t *testing.T) {
	dir := export(t, map[string]string{
		Downloads: "source_id\n1\n", Requests: "\xff\n", Products: "source_id\n", Sites: goodSites,
	}, func(_ string, m map[string]any) {
		m["files"].(map[string]any)[People] = m["files"].(map[string]any)[Sites]
	})
	c := checked(t, dir)
	want := "people.csv file_missing, products.csv file_header, requests.csv file_encoding, downloads.csv file_header"
	if got := findings(c); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	good := checked(t, filepath.Join("testdata", "sample", "customer-portal"))
	if got := good.LaterFiles(); !slices.Equal(got, []string{Requests, RequestMessages}) || len(good.Findings) > 0 {
		t.Errorf("later files %v, findings %v", got, good.Findings)
	}
}

func TestAManifestHasEveryKeyOnceAndNoOther(t *testing.T) {
	const file = `"products.csv": {"rows": 1, "bytes": 2, "sha256": "` + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + `"}`
	const good = `{"format": "lodge-import/1", "source": "old-1", "exported_at": "2026-10-01T06:00:00.5-02:00", "time_zone": "Europe/Warsaw", "files": {` + file + `}}`
	m, err := readManifest(strings.NewReader("\ufeff" + good))
	if err != nil || m.Source != "old-1" || m.Zone.String() != "Europe/Warsaw" || m.Files[Products].Bytes != 2 || m.ExportedAt.UTC().Hour() != 8 {
		t.Fatalf("%+v, %v", m, err)
	}
	for name, change := range map[string][2]string{
		"not JSON":              {`{"format"`, `"format"`},
		"text behind it":        {`}}}`, `}}} x`},
		"two documents":         {`}}}`, `}}}{}`},
		"cut off":               {`}}}`, `}}`},
		"another format":        {`import/1`, `import/2`},
		"key in capitals":       {`"source"`, `"Source"`},
		"key missing":           {`"source": "old-1", `, ``},
		"key unknown":           {`{"format"`, `{"more": 1, "format"`},
		"key twice":             {`{"format"`, `{"source": "old-1", "format"`},
		"source in capitals":    {`old-1`, `Old`},
		"source empty":          {`old-1`, ``},
		"source too long":       {`old-1`, strings.Repeat("a", 41)},
		"source null":           {`"old-1"`, `null`},
		"no offset":             {`.5-02:00`, ``},
		"no such moment":        {`10-01T`, `13-01T`},
		"a comma in it":         {`.5-02:00`, `,5-02:00`},
		"no IANA name":          {`Europe/Warsaw`, `Warsaw`},
		"the machine's zone":    {`Europe/Warsaw`, `Local`},
		"no zone":               {`Europe/Warsaw`, ``},
		"a path as zone":        {`Europe/Warsaw`, `../../etc/localtime`},
		"unknown file":          {`"products.csv"`, `"hosts.csv"`},
		"file as path":          {`"products.csv"`, `"./products.csv"`},
		"file twice":            {file, file + `,` + file},
		"rows as text":          {`"rows": 1`, `"rows": "1"`},
		"rows negative":         {`"rows": 1`, `"rows": -1`},
		"rows with a fraction":  {`"rows": 1`, `"rows": 1.0`},
		"rows missing":          {`"rows": 1, `, ``},
		"hash in capitals":      {`"aaaa`, `"AAAA`},
		"hash too short":        {`"aaaa`, `"aaa`},
		"more about a file":     {`"rows": 1`, `"rows": 1, "lines": 1`},
		"a list of files":       {`{` + file + `}`, `[]`},
		"not UTF-8":             {`old-1`, "old\xff"},
		"a list instead of all": {good, `[` + good + `]`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing changed", name)
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, manifestName), bad)
		if got := findings(checked(t, dir)); got != "manifest.json manifest_invalid" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestALinkInAFolderIsRefused(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "people.csv")
	write(t, outside, "secret")
	dir := export(t, map[string]string{Products: goodProducts}, func(d string, _ map[string]any) {
		if err := os.Symlink(outside, filepath.Join(d, People)); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := Open(dir); !fault.Is(err, "importer.path_not_regular") {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "nothing")); !fault.Is(err, "importer.folder_missing") {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, Products)); !fault.Is(err, "importer.folder_unreadable") {
		t.Error(err)
	}
}

func TestTheHighestNumberOfAFolderIsKnownBeforeItsRowsAreTaken(t *testing.T) {
	dir := export(t, map[string]string{
		Organisations: "source_id,number,kind,name,country,status\n1,,customer,A,PL,active\n2,204417,customer,B,PL,active\n3,99999999999,customer,C,PL,active\n",
		Sites:         "source_id,organisation_id,number,name,country,status\n1,1,204500,S,PL,active\n2,1,0999999,T,PL,active\n3,1,999999,T,PL,active,x\n",
	}, nil)
	if c := checked(t, dir); c.HighestNumber != 204500 || len(c.Findings) > 0 {
		t.Errorf("%d, %v", c.HighestNumber, c.Findings)
	}
	for _, c := range [][3]int64{{10_000, 0, 10_001}, {204_254, 204_253, 204_255}, {204_253, 204_253, 210_000}, {10_000, 209_500, 220_000}, {1, 99_999, 110_000}} {
		if got := FirstFree(c[0], c[1]); got != c[2] {
			t.Errorf("first free above %d and %d: %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

// TestAFindingSaysWhatIsWrong: which column, and what the manifest should hold.
func TestAFindingSaysWhatIsWrong(t *testing.T) {
	say := catalogue(t).For("en").T
	for body, want := range map[string]string{
		"source_id,code,nmae,status\n":          "unknown: nmae; absent: name.",
		"code,colour,name,weight,name,status\n": "unknown: colour and weight; repeated: name; absent: source_id.",
		"":                                      "the file is empty.",
		"source_id,code,name,status" + strings.Repeat(",status", 70) + "\n": "repeated: status",
	} {
		c := checked(t, export(t, map[string]string{Products: body}, nil))
		if got := say("importer."+c.Findings[0].Code, c.Findings[0].Args...); !strings.Contains(got, want) {
			t.Errorf("%q: %s", body[:min(len(body), 40)], got)
		}
	}
	const manifest = `{"format": "lodge-import/1", "source": "old-1", "exported_at": "2026-10-01T06:00:00Z", "time_zone": "Europe/Warsaw", "files": {"people.csv": {"rows": 1, "bytes": 2, "sha256": "00"}}}`
	for _, c := range [][3]string{
		{`import/1`, `import/2`, "format must be lodge-import/1."}, {`old-1`, `Old`, "source must be 1 to 40 small letters"}, {`00Z`, `00`, "exported_at must be a time with Z"},
		{`Europe/Warsaw`, `CET+1`, "time_zone must be an IANA name"}, {`people.csv`, `persons.csv`, "the format has nothing called persons.csv."}, {`"rows"`, `"lines"`, "the format has nothing called lines."},
		{`"source": "old-1", `, ``, "source is absent."}, {`{"rows": 1, "bytes": 2, "sha256": "00"}`, `7`, "people.csv is not one JSON object."}, {`}}}`, `}}`, "manifest.json is not one JSON object."},
		{`"bytes"`, `"rows"`, "rows stands twice."}, {`: 1,`, `: -1,`, "people.csv needs rows and bytes as whole numbers"}, {`old-1`, `old-2`, "people.csv needs rows"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, manifestName), strings.Replace(manifest, c[0], c[1], 1))
		found := checked(t, dir)
		if got := say("importer."+found.Findings[0].Code, found.Findings[0].Args...); !strings.Contains(got, c[2]) {
			t.Errorf("%s: %s", c[1], got)
		}
	}
}
