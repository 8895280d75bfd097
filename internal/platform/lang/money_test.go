package lang

import (
	"strings"
	"testing"
	"time"
)

// plain has common spaces for those that keep words together.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

func TestMoney_is_written_in_the_reader_s_way(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for language, want := range map[string]string{"en": "€1,240.05", "pl": "1240,05 €", "fr": "1 240,05 €", "es": "1240,05 €"} {
		if got := plain(c.For(language).Money(Money{124005, "EUR"})); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
	if got := c.For("en").Value(Money{500, "JPY"}); got != "¥500" {
		t.Errorf("yen have no decimals: %q", got)
	}
	if got := (Money{4000, "EUR"}).Plain(); got != "40.00 EUR" {
		t.Errorf("%q", got)
	}
}

func TestParseMoney_takes_what_people_type_and_nothing_else(t *testing.T) {
	for text, want := range map[string]int64{"40": 4000, "40.5": 4050, "40,50": 4050, "0": 0, "0.01": 1, "123456.78": 12345678} {
		if m, ok := ParseMoney(text, "EUR"); !ok || m.Minor != want {
			t.Errorf("%q: %d %v, want %d", text, m.Minor, ok, want)
		}
	}
	for _, text := range []string{"", "-1", "1.234", "1.", ".5", "1,2,3", "1e3", "٤٠", "forty", "99999999999999999"} {
		if m, ok := ParseMoney(text, "EUR"); ok {
			t.Errorf("%q is taken as %d", text, m.Minor)
		}
	}
	if m, ok := ParseMoney("500", "JPY"); !ok || m.Minor != 500 {
		t.Errorf("yen: %d %v", m.Minor, ok)
	}
	if _, ok := ParseMoney("5", "XXY"); ok {
		t.Error("a currency that is none")
	}
}

func TestFormatOf_AC_66_a_country_says_how_dates_and_numbers_are_written(t *testing.T) {
	day := time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC)
	for country, want := range map[string]string{
		"DE": "de-DE 09.11.2026 · 12.345,5 · 1.234,50 €", "ES": "es-ES 9/11/2026 · 12.345,5 · 1234,50 €", "GB": "en-GB 09/11/2026 · 12,345.5 · €1,234.50",
		"US": "en-US 11/9/2026 · 12,345.5 · €1,234.50", "SE": "sv-SE 2026-11-09 · 12 345,5 · 1 234,50 €",
	} {
		format := FormatOf(country)
		if got := format + " " + plain(Example(format, day, Money{123450, "EUR"})); got != want {
			t.Errorf("%s: %q, want %q", country, got, want)
		}
	}
	if FormatOf("XX") != "" || FormatOf("") != "" {
		t.Error("what is no country has a format")
	}
	for country, want := range map[string]string{"PL": "pl", "FR": "fr", "MX": "es", "DE": "en", "": "en"} {
		if got := LanguageOf(country); got != want {
			t.Errorf("%s: %s, want %s", country, got, want)
		}
	}
}
