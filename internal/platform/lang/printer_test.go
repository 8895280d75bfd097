package lang_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
)

func catalogue(t *testing.T, en, pl string) *lang.Catalogue {
	t.Helper()
	c, err := lang.New(fstest.MapFS{"lang/en.json": {Data: []byte(en)}, "lang/pl.json": {Data: []byte(pl)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTextsAreTranslatedWithTheirArguments(t *testing.T) {
	c := catalogue(t, `{"x.hello": "Hello {name} of {number}", "x.count": {"one": "{n} request of {who}", "other": "{n} requests of {who}"}, "x.only": "Only English", "x.wraps": "Because: {why}"}`,
		`{"x.hello": "Cześć {name} z {number}", "x.count": {"one": "{n} zgłoszenie ({who})", "few": "{n} zgłoszenia ({who})", "many": "{n} zgłoszeń ({who})", "other": "{n} zgłoszenia ({who})"}}`)
	en, pl := c.For("en"), c.For("pl")
	for _, s := range []struct{ got, want string }{
		{en.T("x.hello", "name", "Anna", "number", int64(20417)), "Hello Anna of 20417"},
		{pl.T("x.hello", "number", 4000, "name", "Anna"), "Cześć Anna z 4 000"},
		{en.T("x.hello", "name", "{number}", "number", 1), "Hello {number} of 1"},
		{en.T("x.hello"), "Hello  of "},
		{en.T("x.count", "n", 1, "who", "us"), "1 request of us"},
		{en.T("x.count", "n", 0, "who", "us"), "0 requests of us"},
		{en.T("x.count", "n", 12345, "who", "us"), "12,345 requests of us"},
		{pl.T("x.count", "n", 1, "who", "my"), "1 zgłoszenie (my)"},
		{pl.T("x.count", "n", 3, "who", "my"), "3 zgłoszenia (my)"},
		{pl.T("x.count", "n", 5, "who", "my"), "5 zgłoszeń (my)"},
		{pl.T("x.count", "n", 12, "who", "my"), "12 zgłoszeń (my)"},
		{pl.T("x.count", "n", 22, "who", "my"), "22 zgłoszenia (my)"},
		{pl.T("x.count", "n", int64(25), "who", "my"), "25 zgłoszeń (my)"},
		{pl.T("x.only"), "Only English"},
		{pl.T("x.nowhere"), "x.nowhere"},
		{pl.Msg(fault.Message{}), ""},
		{pl.T("x.wraps", "why", fault.Msg("x.count", "n", 2, "who", "wy")), "Because: 2 zgłoszenia (wy)"},
		{en.List([]string{"Anna", "Piotr", "Ewa"}), "Anna, Piotr and Ewa"},
		{pl.List([]string{"Anna", "Piotr"}), "Anna i Piotr"},
		{en.List(nil), ""},
	} {
		if strings.ReplaceAll(s.got, "\u00a0", " ") != s.want {
			t.Errorf("%q, want %q", s.got, s.want)
		}
	}
	if got := c.Missing(); !slices.Equal(got, []string{"x.nowhere"}) {
		t.Errorf("missing %v", got)
	}
	if c.For("xx").Language() != "en" {
		t.Error("an unknown language is not English")
	}
}

func TestACatalogueThatCannotBeRightIsRefused(t *testing.T) {
	for name, files := range map[string][]string{
		"duplicate":    {`{"x.a": "A"}`, `{"x.a": "B"}`},
		"own key":      {`{"fault.not_found": "A"}`},
		"no JSON":      {`{`},
		"number":       {`{"x.a": 5}`},
		"no such form": {`{"x.a": {"several": "A", "other": "B"}}`},
		"no other":     {`{"x.a": {"one": "A"}}`},
		"open brace":   {`{"x.a": "A {name"}`},
		"empty brace":  {`{"x.a": "A {}"}`},
	} {
		var all []fstest.MapFS
		for _, f := range files {
			all = append(all, fstest.MapFS{"lang/en.json": {Data: []byte(f)}})
		}
		var err error
		if len(all) == 2 {
			_, err = lang.New(all[0], all[1])
		} else {
			_, err = lang.New(all[0])
		}
		if err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestTheBrowsersLanguageIsMatched(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "pl": "pl", "pl-PL,pl;q=0.9,en;q=0.8": "pl", "fr-CA": "fr", "es-MX,es;q=0.9": "es", "de,es;q=0.3": "es", "de": "en", "ja,ko": "en", "*": "en", "%%": "en", "en-US": "en", "en;q=0.1,pl;q=0.9": "pl",
		"pl" + strings.Repeat(",pl", 200): "en",
	} {
		if got := lang.Match(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestDatesFollowTheLanguageAndTheZone(t *testing.T) {
	c := catalogue(t, `{}`, `{}`)
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 23, 15, 0, 0, time.UTC) // 21 November in Warsaw
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for _, s := range []struct {
		lang, date, long, weekday, full, day string
	}{
		{"en", "21 Nov 2026", "21 November 2026", "Sat 21 Nov", "Saturday 21 November 2026", "3 Mar 2026"},
		{"es", "21 nov 2026", "21 de noviembre de 2026", "sáb, 21 nov", "sábado, 21 de noviembre de 2026", "3 mar 2026"},
		{"fr", "21 nov. 2026", "21 novembre 2026", "sam. 21 nov.", "samedi 21 novembre 2026", "3 mars 2026"},
		{"pl", "21 lis 2026", "21 listopada 2026", "sob., 21 lis", "sobota, 21 listopada 2026", "3 mar 2026"},
	} {
		p := c.For(s.lang).In(warsaw)
		for _, got := range [][2]string{{p.Date(at), s.date}, {p.LongDate(at), s.long}, {p.Weekday(at), s.weekday}, {p.FullDate(at), s.full}, {p.Day("2026-03-03"), s.day}, {p.LongDay("2026-11-21"), s.long}, {p.WeekdayOf("2026-11-21"), s.weekday}} {
			if got[0] != got[1] {
				t.Errorf("%s: %q, want %q", s.lang, got[0], got[1])
			}
		}
	}
	p := c.For("en").In(warsaw)
	for _, got := range [][2]string{
		{p.Moment(at, now), "00:15"}, {p.Moment(at.Add(-24*time.Hour), now), "20 Nov"}, {p.Moment(at.AddDate(-1, 0, 0), now), "21 Nov 2025"}, {p.Moment(time.Time{}, now), ""},
		{p.MomentTime(at, now), "today, 00:15"}, {p.MomentTime(at.AddDate(0, 0, -7), now), "14 Nov, 00:15"}, {p.MomentTime(at.AddDate(-1, 0, 0), now), "21 Nov 2025, 00:15"},
		{p.Time(at), "00:15"}, {p.DateTime(at), "21 Nov 2026, 00:15"}, {c.For("en").Date(at), "20 Nov 2026"},
		{p.Range(at, at.Add(30*time.Minute)), "Sat 21 Nov, 00:15–00:45"}, {p.Range(at, at.Add(24*time.Hour)), "21 Nov 2026, 00:15 – 22 Nov 2026, 00:15"},
		{p.Days("2026-11-19", "2026-11-21"), "19–21 Nov 2026"}, {p.Days("2026-11-30", "2026-12-02"), "30 Nov – 2 Dec 2026"}, {p.Days("2026-12-30", "2027-01-02"), "30 Dec 2026 – 2 Jan 2027"}, {p.Days("2026-11-19", "2026-11-19"), "19 Nov 2026"},
		{p.Day("soon"), "soon"}, {p.Span(3*time.Hour + 48*time.Minute), "3 h 48 min"}, {p.Span(-72 * time.Hour), "3 days"}, {p.Span(24 * time.Hour), "1 day"}, {p.Span(time.Second), "1 min"}, {p.Span(2 * time.Hour), "2 h"},
		{c.For("pl").Span(22 * 24 * time.Hour), "22 dni"}, {p.T("fault.invalid", "n", 1), "One entry needs correcting."},
	} {
		if got[0] != got[1] {
			t.Errorf("%q, want %q", got[0], got[1])
		}
	}
}

func TestSizesAndCountriesFollowTheLanguage(t *testing.T) {
	c := catalogue(t, `{}`, `{}`)
	for _, s := range []struct {
		lang  string
		bytes int64
		want  string
	}{
		{"en", 0, "0 B"}, {"en", 999, "999 B"}, {"en", 318_000, "318 kB"}, {"en", 4_200_000, "4.2 MB"}, {"en", 999_999, "1 MB"}, {"en", 12_000_000, "12 MB"},
		{"fr", 4_200_000, "4,2 Mo"}, {"pl", 4_200_000, "4,2 MB"}, {"en", 1_500_000_000_000, "1.5 TB"}, {"en", 9_960_000, "10 MB"},
	} {
		if got := c.For(s.lang).Size(s.bytes); got != s.want {
			t.Errorf("%s %d: %q, want %q", s.lang, s.bytes, got, s.want)
		}
	}
	for l, want := range map[string]string{"en": "Poland", "es": "Polonia", "fr": "Pologne", "pl": "Polska"} {
		if got := c.For(l).Country("PL"); got != want {
			t.Errorf("%s: %q", l, got)
		}
		all := c.For(l).Countries()
		if len(all) != 249 {
			t.Errorf("%d countries", len(all))
		}
		for _, country := range all {
			if country.Name == country.Code || country.Name == "" {
				t.Errorf("%s: %s has no name", l, country.Code)
			}
		}
	}
	if !lang.IsCountry("PL") || lang.IsCountry("pl") || lang.IsCountry("XX") || lang.IsCountry("P") || lang.IsCountry("PL DE") {
		t.Error("countries")
	}
	if got := c.For("en").Country("??"); got != "??" {
		t.Errorf("%q", got)
	}
}
