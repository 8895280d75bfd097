package lang

import (
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/number"
)

// Size is a number of bytes in units of a thousand, as file managers show it: "318 kB", "4.2 MB".
func (p *Printer) Size(bytes int64) string {
	units := []string{"lang.bytes", "lang.kilobytes", "lang.megabytes", "lang.gigabytes", "lang.terabytes"}
	v, u := float64(bytes), 0
	for v >= 999.5 && u < len(units)-1 {
		v, u = v/1000, u+1
	}
	digits := 0
	if u > 0 && v < 9.95 {
		digits = 1
	}
	return p.T(units[u], "size", p.c.print[p.lang].Sprint(number.Decimal(v, number.MaxFractionDigits(digits))))
}

// Country is the name of an ISO 3166 code, the code itself if it is none.
func (p *Printer) Country(code string) string {
	r, err := language.ParseRegion(code)
	if err != nil || !r.IsCountry() {
		return code
	}
	if name := display.Regions(tags[p.lang]).Name(r); name != "" {
		return name
	}
	return code
}

// Country codes of ISO 3166-1, as assigned.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// Country is a country and its name.
type Country struct{ Code, Name string }

// Countries are all countries by name, in the language's own order.
func (p *Printer) Countries() []Country {
	var all []Country
	for _, code := range strings.Fields(countries) {
		all = append(all, Country{code, p.Country(code)})
	}
	by := collate.New(tags[p.lang])
	slices.SortStableFunc(all, func(a, b Country) int { return by.CompareString(a.Name, b.Name) })
	return all
}

// IsCountry tells whether code is an assigned ISO 3166-1 code, in capitals.
func IsCountry(code string) bool {
	return len(code) == 2 && slices.Contains(strings.Fields(countries), code)
}
