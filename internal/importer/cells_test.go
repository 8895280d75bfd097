package importer

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func warsaw(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestACellIsTakenOrRefusedByTheTypeOfItsColumn(t *testing.T) {
	rs := NewReaders(warsaw(t))
	long1000 := strings.Repeat("ż", 1000)
	for _, c := range []struct {
		column Column
		cell   string
		code   string // "" is taken
	}{
		{textColumn("c", 5), "żółwi", ""}, {textColumn("c", 5), "żółwie", "value_too_long"}, {textColumn("c", 5), "", ""},
		{textColumn("c", 5).required(), " \t\u00a0\r\n", "value_missing"}, {textColumn("c", 9), "a\tb", ""},
		{textColumn("c", 9), "a\nb", "character_forbidden"}, {longColumn("c", 9), "a\nb", ""}, {longColumn("c", 9), "a\r\nb", ""},
		{longColumn("c", 9), "a\rb", "character_forbidden"}, {textColumn("c", 9), "a\u007f", "character_forbidden"},
		{textColumn("c", 9), "a\u0085b", "character_forbidden"}, {textColumn("c", 9), "a\u202eb", "character_forbidden"},
		{textColumn("c", 9), "a\u2066b", "character_forbidden"}, {textColumn("c", 9), "a\ufeffb", "character_forbidden"},
		{textColumn("c", 9), "a\uffff", "character_forbidden"}, {textColumn("c", 9), "a\ufffeb", "character_forbidden"},
		{textColumn("c", 9), "a\u200db", ""}, {textColumn("c", 1), "a\u0007b", "character_forbidden"}, {textColumn("c", 9), "=1+1", ""},
		{plainColumn("c", Date), "2024-02-29", ""}, {plainColumn("c", Date), "2023-02-29", "date_invalid"},
		{plainColumn("c", Date), "1899-12-31", "date_invalid"}, {plainColumn("c", Date), "1900-01-01", ""},
		{plainColumn("c", Date), "2199-12-31", ""}, {plainColumn("c", Date), "2200-01-01", "date_invalid"},
		{plainColumn("c", Date), "31.12.2019", "date_invalid"}, {plainColumn("c", Date), "2019-1-1", "date_invalid"},
		{plainColumn("c", Date), "٢٠٢٤-01-01", "date_invalid"},
		{plainColumn("c", YesNo), "yes", ""}, {plainColumn("c", YesNo), "true", "value_invalid"}, {plainColumn("c", YesNo), "Yes", "value_invalid"},
		{numberColumn("c", 1, 1000000), "1000000", ""}, {numberColumn("c", 1, 1000000), "1000001", "value_invalid"},
		{numberColumn("c", 1, 9), "0", "value_invalid"}, {numberColumn("c", 0, 9), "0", ""}, {numberColumn("c", 1, 9), "+1", "value_invalid"},
		{numberColumn("c", 1, 9), "01", "value_invalid"}, {numberColumn("c", 1, 9), "1e3", "value_invalid"}, {numberColumn("c", 1, 9), "-5", "value_invalid"},
		{plainColumn("c", OrgNumber), "20441", ""}, {plainColumn("c", OrgNumber), "204417999", ""}, {plainColumn("c", OrgNumber), "2044", "value_invalid"},
		{plainColumn("c", OrgNumber), "2044179991", "value_invalid"}, {plainColumn("c", OrgNumber), "0204417", "value_invalid"},
		{plainColumn("c", OrgNumber), "12A45", "value_invalid"},
		{wordColumn("c", "active"), "active", ""}, {wordColumn("c", "active"), "Active", "value_invalid"},
		{plainColumn("c", List), long1000, ""}, {plainColumn("c", List), long1000 + ";", "value_too_long"},
		{plainColumn("c", Country), "PL", ""}, {plainColumn("c", Country), "pl", "value_invalid"}, {plainColumn("c", Country), "XX", "value_invalid"},
		{plainColumn("c", Country), "UK", "value_invalid"}, {plainColumn("c", Country), "XK", "value_invalid"}, {plainColumn("c", Country), "DEU", "value_invalid"},
		{plainColumn("c", Country), "L A", "value_invalid"},
		{plainColumn("c", Language), "pl", ""}, {plainColumn("c", Language), "PL", "value_invalid"}, {plainColumn("c", Language), "pol", "value_invalid"},
		{plainColumn("c", URL), "https://a.example/100%?x=ż", ""}, {plainColumn("c", URL), "http://a.example:8080", ""},
		{plainColumn("c", URL), "javascript:alert(1)", "value_invalid"}, {plainColumn("c", URL), "https://", "value_invalid"},
		{plainColumn("c", URL), "https://:443/x", "value_invalid"}, {plainColumn("c", URL), "https:///x", "value_invalid"},
		{plainColumn("c", URL), "https://a.example/a b", "value_invalid"}, {plainColumn("c", URL), "HTTPS://a.example", "value_invalid"},
		{plainColumn("c", URL), "https://a.example/" + strings.Repeat("x", 483), "value_too_long"},
		{refColumn("c", People), "1204", ""}, {refColumn("c", People), "=1", "value_invalid"}, {refColumn("c", People), strings.Repeat("1", 65), "value_invalid"},
		{plainColumn("c", Email), "Anna.Wojcik@Żuraw.example", ""}, {plainColumn("c", Email), "anna@localhost", "email_invalid"},
		{plainColumn("c", Email), "anna@p\u0430ypost.example", "email_lookalike"},
		{plainColumn("c", LicenceNumber), "io2 o3o 4op", ""}, {plainColumn("c", LicenceNumber), "ABC-DEF-GHW", "licence_check_digit"},
		{plainColumn("c", LicenceNumber), "ABC-DEF-GH", "licence_malformed"},
	} {
		_, bad := rs.read(c.column, trim(c.cell), false)
		if got := codeOf(bad); got != c.code {
			t.Errorf("%q as kind %d: %q, want %q", c.cell, c.column.Kind, got, c.code)
		}
	}
}

func codeOf(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Code
}

func TestCanonicalFormsDecideWhetherTwoCellsMeanTheSame(t *testing.T) {
	rs := NewReaders(warsaw(t))
	for _, c := range []struct {
		kind      Kind
		cell, key string
	}{
		{LicenceNumber, "io2 o3o 4op", "102-030-40P"},
		{Email, "BMunoz@xn--bcher-kva.Example", "bmunoz@xn--bcher-kva.example"},
		{Email, "bmunoz@Bücher.example", "bmunoz@xn--bcher-kva.example"},
		{Code, "CAL-Pro", "cal-pro"},
		{Code, "STRASSE", "strasse"},
		{Code, "straße", "strasse"},
		{Text, "CAL-Pro", "CAL-Pro"},
	} {
		if v, bad := rs.read(Column{Kind: c.kind, Max: 40}, c.cell, false); bad != nil || v.Key != c.key {
			t.Errorf("%q: %q, %v", c.cell, v.Key, bad)
		}
	}
	v, _ := rs.read(plainColumn("roles", List), " b ; a;;b;\u00a0c", false)
	if !slices.Equal(v.Words, []string{"b", "a", "c"}) {
		t.Errorf("words are %q", v.Words)
	}
}

func TestASecretNeverStandsInARefusal(t *testing.T) {
	for _, cell := range []string{"geheim\u0007", strings.Repeat("geheim", 200)} {
		if _, bad := NewReaders(time.UTC).read(textColumn("password_hash", 600).secret(), cell, false); bad == nil || strings.Contains(bad.Value, "geheim") {
			t.Errorf("%+v", bad)
		}
	}
	if !slices.ContainsFunc(peopleColumns(), func(c Column) bool { return c.Name == "password_hash" && c.Secret }) {
		t.Error("password_hash is no secret")
	}
}

func TestTimesAreReadWithOffsetOrOnTheClocksOfTheZone(t *testing.T) {
	z := warsaw(t)
	for cell, want := range map[string]string{
		"2021-02-03T10:00:00":       "2021-02-03T09:00:00Z",
		"2021-07-03T10:00:00":       "2021-07-03T08:00:00Z",
		"2021-02-03T10:00:00Z":      "2021-02-03T10:00:00Z",
		"2021-02-03T10:00:00+02:00": "2021-02-03T08:00:00Z",
		"2021-02-03T10:00:00-09:30": "2021-02-03T19:30:00Z",
		"2025-10-26T02:30:00":       "2025-10-26T00:30:00Z", // twice: the earlier
		"2025-10-26T03:00:00":       "2025-10-26T02:00:00Z",
		"2025-10-26T01:59:59":       "2025-10-25T23:59:59Z",
		"2025-03-30T03:00:00":       "2025-03-30T01:00:00Z",
		"2025-03-30T01:59:59":       "2025-03-30T00:59:59Z",
		"1900-01-01T12:00:00":       "1900-01-01T10:36:00Z", // local mean time
		"2190-07-01T12:00:00":       "2190-07-01T10:00:00Z",
	} {
		got, ok := readTime(cell, z)
		if !ok || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %v %v, want %s", cell, got, ok, want)
		}
	}
	for _, cell := range []string{
		"2025-03-30T02:30:00", "2025-03-30T02:00:00", "2024-13-01T10:00:00", "2024-02-30T10:00:00", "2024-02-03 10:00:00", "2024-02-03T24:00:00",
		"2024-02-03T10:60:00", "2024-02-03T10:00:60", "2024-02-03T10:00", "2024-02-03T10:00:00z", "2024-02-03T10:00:00.5Z", "2024-02-03T10:00:00+0200",
		"2024-02-03T10:00:00+24:00", "2024-02-03T10:00:00-02:60", "yesterday", "2024-02-03T10:00:00 Z", "1899-12-31T10:00:00Z", "2200-01-01T00:00:00Z",
	} {
		if at, ok := readTime(cell, z); ok {
			t.Errorf("%s became %v", cell, at)
		}
	}
	lordHowe, err := time.LoadLocation("Australia/Lord_Howe") // half an hour of summer time
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := readTime("2025-04-06T01:45:00", lordHowe); !ok || at.Format(time.RFC3339) != "2025-04-05T14:45:00Z" {
		t.Errorf("the half hour that came twice is %v %v", at, ok)
	}
	if at, ok := readTime("2025-10-05T02:15:00", lordHowe); ok {
		t.Errorf("the half hour that never was is %v", at)
	}
	samoa, err := time.LoadLocation("Pacific/Apia") // had no 30 December 2011
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := readTime("2011-12-30T12:00:00", samoa); ok {
		t.Errorf("the day that never was is %v", at)
	}
}
