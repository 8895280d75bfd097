package account

// zones are the time zones of countries with one that nearly everybody lives in, by the tz database's zone1970.tab. For all others
// an organisation starts in UTC until somebody says otherwise.
var zones = map[string]string{
	"AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
	"DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki",
	"FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest",
	"IE": "Europe/Dublin", "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "LT": "Europe/Vilnius",
	"LU": "Europe/Luxembourg", "LV": "Europe/Riga", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw",
	"PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava",
	"TR": "Europe/Istanbul", "UA": "Europe/Kyiv", "ZA": "Africa/Johannesburg", "IN": "Asia/Kolkata", "SG": "Asia/Singapore",
}

// ZoneOf is the zone in which an organisation of a country counts its days unless it says otherwise.
func ZoneOf(country string) string {
	if z, ok := zones[country]; ok {
		return z
	}
	return "UTC"
}
