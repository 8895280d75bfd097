package importer

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lodge/internal/platform/store/storetest"
)

var update = flag.Bool("update", false, "rewrite what is made of the code; read its diff like code")

// columnsTold is docs/import.md's list of columns, as the checks know them.
func columnsTold() string {
	var b strings.Builder
	for _, f := range Files() {
		if f.Later {
			continue
		}
		fmt.Fprintf(&b, "### %s\n\n| column | holds | |\n|---|---|---|\n| `%s` | the row's name in the old system, once in this file | required |\n", f.Name, sourceID)
		for _, c := range f.Columns {
			need := ""
			if c.Required {
				need = "required"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, holds(c), need)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func holds(c Column) string {
	switch c.Kind {
	case Ref:
		return "`" + sourceID + "` of a row of " + c.Of
	case Date:
		return "a day, 2026-11-19"
	case Time:
		return "a time, 2026-11-19T09:30:00Z, or without offset in the manifest's zone"
	case YesNo:
		return "`yes` or `no`"
	case Int:
		return fmt.Sprintf("a whole number, %d to %d", c.Min, c.Max)
	case Word:
		return "`" + strings.Join(c.Words, "`, `") + "`"
	case List:
		return "words with semicolons between"
	case Country:
		return "two capital letters of ISO 3166-1"
	case Language:
		return "two small letters, `en`"
	case URL:
		return "an address that begins with http"
	case Email:
		return "an e-mail address"
	case OrgNumber:
		return "5 to 9 digits"
	case LicenceNumber:
		return "a licence number with its check character"
	case Long:
		return fmt.Sprintf("text of several lines, at most %d characters", c.limit())
	}
	return fmt.Sprintf("one line, at most %d characters", c.limit())
}

// TestFormat_is_told: docs/import.md lists every column of every file as the code checks it.
func TestFormat_is_told_as_it_is_checked(t *testing.T) {
	const path, begin = "../../docs/import.md", "<!-- columns -->\n"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, has, ok := strings.Cut(string(b), begin)
	if !ok {
		t.Fatal("docs/import.md has no place for the columns")
	}
	want := "\n" + strings.TrimSuffix(columnsTold(), "\n")
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if has != want {
		t.Error("docs/import.md tells other columns than the code checks; rewrite them with -update and read the diff")
	}
}

// TestFormat_example: what docs/import.md shows as a folder is taken whole.
func TestFormat_example_is_taken(t *testing.T) {
	b, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(b), "administrator and the membership:\n\n```\n")
	example, _, _ = strings.Cut(example, "```")
	files := map[string]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(example), "\n\n") {
		name, body, _ := strings.Cut(block, "\n")
		files[name] = body + "\n"
	}
	said := newPortal(t, storetest.Lite(t)).bring(export(t, files, nil))
	var outcomes []string
	for _, row := range said.rows {
		if !slices.Contains(row, "created") {
			t.Errorf("%q", row)
		}
		outcomes = append(outcomes, row[0])
	}
	if len(files) != 3 || len(outcomes) != 3 {
		t.Errorf("%d files, rows of %v", len(files), outcomes)
	}
}
