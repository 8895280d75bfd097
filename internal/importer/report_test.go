package importer

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
)

// oneRow reads one row as it stands in a file.
func oneRow(t *testing.T, file, head, line string) *Row {
	t.Helper()
	i := slices.IndexFunc(Files(), func(f *File) bool { return f.Name == file })
	rows := &Rows{File: Files()[i], Readers: NewReaders(time.UTC), Records: &Records{R: strings.NewReader(head + "\n" + line + "\n")}}
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func catalogue(t *testing.T) *lang.Catalogue {
	t.Helper()
	c, err := lang.New(Lang)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAttack_IMP_11_no_cell_of_the_report_is_a_formula_and_no_value_leads_astray(t *testing.T) {
	var out bytes.Buffer
	c := catalogue(t)
	r := &Report{W: &out, Text: c.For("en").T}
	if err := r.Finding(Finding{File: "=cmd.csv", Code: "file_unlisted"}); err != nil {
		t.Fatal(err)
	}
	long := "=HYPERLINK(\"http://evil.example/" + strings.Repeat("ż", 80)
	for _, l := range []Line{
		{People, 2, "", refused(&Refusal{Code: "source_id_invalid", Column: sourceID, Value: "=1+1"})},
		{People, 3, "1", refused(&Refusal{Code: "character_forbidden", Column: "first_name", Value: "Ann\u202egpj.exe\u0007\nx", Args: []any{"character", "U+202E"}})},
		{People, 4, "2", refused(&Refusal{Code: "email_invalid", Column: "email", Value: long})},
		{People, 5, "3", Decision{Outcome: Created}},
		{People, 6, "4", Decision{Outcome: Updated, Notes: []string{"joined", "password_malformed"}}},
	} {
		if err := r.Line(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(out.Bytes(), "\r\u202e\u0007") {
		t.Errorf("%q", out.String())
	}
	all, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(all) != 7 {
		t.Fatal(all, err)
	}
	want := [][]string{
		{"file", "line", "source_id", "outcome", "code", "sentence"},
		{"'=cmd.csv", "0", "", "refused", "file_unlisted"},
		{People, "2", "", "refused", "source_id_invalid"},
		{People, "3", "1", "refused", "character_forbidden"},
		{People, "4", "2", "refused", "email_invalid"},
		{People, "5", "3", "created", ""},
		{People, "6", "4", "updated", "joined;password_malformed"},
	}
	for i, w := range want {
		if !slices.Equal(all[i][:len(w)], w) {
			t.Errorf("record %d: %q, want %q", i, all[i], w)
		}
	}
	for i, w := range map[int]string{2: "=1+1", 3: "first_name", 4: "…"} {
		if !strings.Contains(all[i][5], w) {
			t.Errorf("sentence %d: %s", i, all[i][5])
		}
	}
	if all[5][5] != "" || !strings.Contains(all[6][5], "joined") || !strings.Contains(all[6][5], "mailbox") {
		t.Errorf("%q, %q", all[5][5], all[6][5])
	}
	if n := utf8.RuneCountInString(shown(long)); n != 60 {
		t.Errorf("%d characters of a value are shown", n)
	}
	if missing := c.Missing(); len(missing) > 0 {
		t.Error(missing)
	}
}

func TestAReportOfNothingHasItsHeader(t *testing.T) {
	var out bytes.Buffer
	r := &Report{W: &out, Text: catalogue(t).For("en").T}
	if err := r.Close(); err != nil || out.String() != "file,line,source_id,outcome,code,sentence\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	for cell, want := range map[string]string{"": "", "a=": "a=", "=": "'=", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "x": "x"} {
		if got := web.Cell(cell); got != want {
			t.Errorf("%q became %q", cell, got)
		}
	}
}

func TestEveryLineOfTheSampleHasASentenceInFourLanguagesWithoutAnArgumentMissing(t *testing.T) {
	c := catalogue(t)
	m := newMemory()
	var lines []Line
	for _, folder := range []string{"admin-portal", "customer-portal", "admin-portal-later"} {
		l, _ := bring(t, m, folder, false, 0)
		lines = append(lines, l...)
	}
	for _, code := range lang.Languages {
		seen := map[string]bool{}
		r := &Report{Text: func(key string, args ...any) string {
			seen[key] = true
			for _, name := range arguments(t, code, key) {
				if !hasArgument(args, name) {
					t.Errorf("%s: %s misses {%s}", code, key, name)
				}
			}
			if !c.Has(code, key) {
				t.Errorf("%s has no %s", code, key)
			}
			return c.For(code).T(key, args...)
		}}
		for _, l := range lines {
			if s := r.sentence(l); (s == "") != (l.Code() == "") {
				t.Fatalf("%s line %d: %s says %q", l.File, l.Line, l.Code(), s)
			}
		}
		if len(seen) < 25 {
			t.Errorf("only %d codes were seen", len(seen))
		}
	}
}

func hasArgument(args []any, name string) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return true
		}
	}
	return false
}

// arguments are the names in braces of a text.
func arguments(t *testing.T, code, key string) []string {
	t.Helper()
	var names []string
	rest := texts(t, code)[key]
	for {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return names
		}
		var name string
		name, rest, _ = strings.Cut(after, "}")
		names = append(names, name)
	}
}

func texts(t *testing.T, code string) map[string]string {
	t.Helper()
	b, err := Lang.ReadFile("lang/" + code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for key, text := range raw {
		if forms, ok := text.(map[string]any); ok {
			text = forms["other"]
		}
		m[key] = text.(string)
	}
	return m
}

func TestTheFourLanguagesHaveTheSameTextsWithTheSameArguments(t *testing.T) {
	for key := range texts(t, "en") {
		want := slices.Sorted(slices.Values(arguments(t, "en", key)))
		for _, code := range lang.Languages {
			if got := slices.Sorted(slices.Values(arguments(t, code, key))); texts(t, code)[key] == "" || !slices.Equal(got, want) {
				t.Errorf("%s of %s has %v, want %v", key, code, got, want)
			}
		}
	}
	if len(texts(t, "pl")) != len(texts(t, "en")) {
		t.Error("a language has more texts than English")
	}
}

func TestTotalsCountByFileAndOutcome(t *testing.T) {
	tot := Totals{}
	tot.Add(Sites, Created, 1)
	tot.Add(Sites, Refused, 1)
	tot.Add(Organisations, Created, 1)
	p := catalogue(t).For("en")
	var got []string
	for _, m := range tot.Lines() {
		got = append(got, p.Msg(m))
	}
	want := []string{"organisations.csv: 1 created, 0 updated, 0 unchanged, 0 skipped, 0 refused", "sites.csv: 1 created, 0 updated, 0 unchanged, 0 skipped, 1 refused"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
