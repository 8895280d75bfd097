package lang

import (
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// FormatOf is how dates and numbers are written in a country, as a BCP 47 tag: "de-DE" of "DE", the language being the one
// that most people there read. "" of what is no country.
func FormatOf(country string) string {
	if !IsCountry(country) {
		return ""
	}
	region, err := language.ParseRegion(country)
	if err != nil {
		return ""
	}
	tag, err := language.Raw.Compose(language.Und, region)
	if err != nil {
		return ""
	}
	base, _ := tag.Base()
	if base.String() == "und" {
		return "en-" + country
	}
	return base.String() + "-" + country
}

// LanguageOf is the portal's language for a country: the one that most people there read, else English.
func LanguageOf(country string) string {
	base, _, _ := strings.Cut(FormatOf(country), "-")
	if Known(base) {
		return base
	}
	return Fallback
}

// short are the short dates of CLDR by language, and by language and country where that differs. What is in neither has the order of ISO 8601.
var short = map[string]string{
	"bg": "2.01.2006", "ca": "2/1/06", "cs": "02.01.2006", "da": "02.01.2006", "de": "02.01.2006", "el": "2/1/06", "en": "02/01/2006", "en-US": "1/2/2006", "es": "2/1/2006",
	"et": "02.01.2006", "fi": "2.1.2006", "fr": "02/01/2006", "fr-CA": "2006-01-02", "fr-CH": "02.01.2006", "hr": "02. 01. 2006.", "hu": "2006. 01. 02.", "it": "02/01/2006", "it-CH": "02.01.2006",
	"ja": "2006/01/02", "lt": "2006-01-02", "lv": "02.01.2006", "nb": "02.01.2006", "no": "02.01.2006", "nl": "02-01-2006", "nl-BE": "2/01/2006", "pl": "2.01.2006", "pt": "02/01/2006", "ro": "02.01.2006",
	"ru": "02.01.2006", "sk": "2. 1. 2006", "sl": "2. 1. 2006", "sv": "2006-01-02", "tr": "2.01.2006", "uk": "02.01.2006",
}

// Example shows what a format does to a day, a number and an amount of money: "19.11.2026 · 1.234,50 €".
func Example(format string, day time.Time, m Money) string {
	base, _, _ := strings.Cut(format, "-")
	pattern, ok := short[format]
	if !ok {
		pattern, ok = short[base]
	}
	if !ok {
		pattern = time.DateOnly
	}
	tag, err := language.Parse(format)
	if err != nil {
		tag = language.English
	}
	// The number has five digits: some languages group from there on only.
	return day.Format(pattern) + " · " + message.NewPrinter(tag).Sprint(number.Decimal(12345.5, number.MinFractionDigits(1))) + " · " + moneyIn(format, m)
}
