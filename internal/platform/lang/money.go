package lang

import (
	"github.com/bojanz/currency"
)

// Money is an amount in the smallest unit of its currency: {4000, "EUR"} are forty euros. As an argument of a text it is written
// in the reader's way.
type Money struct {
	Minor    int64
	Currency string // ISO 4217
}

// Money writes an amount: "€40.00" in English, "40,00 €" in Polish. One of an unknown currency is written as number and code.
func (p *Printer) Money(m Money) string { return moneyIn(p.lang, m) }

func moneyIn(locale string, m Money) string {
	a, err := currency.NewAmountFromInt64(m.Minor, m.Currency)
	if err != nil {
		return m.Plain()
	}
	f := currency.NewFormatter(currency.NewLocale(locale))
	f.MaxDigits = currency.DefaultDigits
	return f.Format(a)
}

// Plain is the amount for programs: "40.00 EUR".
func (m Money) Plain() string {
	a, err := currency.NewAmountFromInt64(m.Minor, m.Currency)
	if err != nil {
		return "0 " + m.Currency
	}
	return a.Number() + " " + a.CurrencyCode()
}

// ParseMoney reads an amount as a person types it, "40", "40.5" or "40,50", into minor units. ok is false for what is no amount, is negative,
// or has more decimals than the currency.
func ParseMoney(text, code string) (m Money, ok bool) {
	digits, known := currency.GetDigits(code)
	if !known || len(text) > 15 {
		return m, false
	}
	whole, part, decimals := 0, 0, -1
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9' && decimals < 0:
			whole++
			m.Minor = m.Minor*10 + int64(r-'0')
		case r >= '0' && r <= '9':
			part++
			m.Minor = m.Minor*10 + int64(r-'0')
		case (r == '.' || r == ',') && decimals < 0:
			decimals = 0
		default:
			return Money{}, false
		}
	}
	if whole == 0 || part > int(digits) || decimals == 0 && part == 0 {
		return Money{}, false
	}
	for range int(digits) - part {
		m.Minor *= 10
	}
	m.Currency = code
	return m, true
}

// Currencies are the codes of ISO 4217, sorted.
func Currencies() []string { return currency.GetCurrencyCodes() }

// IsCurrency tells whether a code is one of them.
func IsCurrency(code string) bool { return currency.IsValid(code) }
