package lang

import (
	"strconv"
	"strings"
	"time"
)

// calendar holds the names and orders of one language, by CLDR; x/text has none.
type calendar struct {
	short, long         [12]string // months inside a date: Polish ones in the genitive
	weekday, weekdayAll [7]string  // from Sunday
	day, full           string     // patterns: d, M (short month), MMMM (long month), y
	comma               string     // between weekday and day
}

var calendars = map[string]calendar{
	"en": {
		short:      [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"},
		long:       [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		weekday:    [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		weekdayAll: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		day:        "d m", full: "d m", comma: " ",
	},
	"es": {
		short:      [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
		long:       [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		weekday:    [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
		weekdayAll: [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
		day:        "d m", full: "d de m", comma: ", ",
	},
	"fr": {
		short:      [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
		long:       [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		weekday:    [7]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."},
		weekdayAll: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		day:        "d m", full: "d m", comma: " ",
	},
	"pl": {
		short:      [12]string{"sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"},
		long:       [12]string{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"},
		weekday:    [7]string{"niedz.", "pon.", "wt.", "śr.", "czw.", "pt.", "sob."},
		weekdayAll: [7]string{"niedziela", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota"},
		day:        "d m", full: "d m", comma: ", ",
	},
}

func (k calendar) write(t time.Time, long, year bool) string {
	pattern, months, of := k.day, k.short, " "
	if long {
		pattern, months = k.full, k.long
		if strings.Contains(pattern, " de ") {
			of = " de "
		}
	}
	s := strings.Replace(pattern, "m", months[t.Month()-1], 1)
	s = strings.Replace(s, "d", strconv.Itoa(t.Day()), 1)
	if year {
		s += of + strconv.Itoa(t.Year())
	}
	return s
}

// Day writes a civil day, YYYY-MM-DD, as "19 Nov 2026". It has no zone. What is no day is given back as it is.
func (p *Printer) Day(civil string) string {
	t, err := time.Parse(time.DateOnly, civil)
	if err != nil {
		return civil
	}
	return calendars[p.lang].write(t, false, true)
}

// LongDay writes a civil day as "19 November 2026".
func (p *Printer) LongDay(civil string) string {
	t, err := time.Parse(time.DateOnly, civil)
	if err != nil {
		return civil
	}
	return calendars[p.lang].write(t, true, true)
}

// Date is "19 Nov 2026" in the reader's zone, "" of the zero time.
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendars[p.lang].write(t.In(p.zone), false, true)
}

// LongDate is "19 November 2026".
func (p *Printer) LongDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendars[p.lang].write(t.In(p.zone), true, true)
}

// Weekday is "Sat 21 Nov": for what is near enough to need no year.
func (p *Printer) Weekday(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, k := t.In(p.zone), calendars[p.lang]
	return k.weekday[t.Weekday()] + k.comma + k.write(t, false, false)
}

// WeekdayOf is Weekday of a civil day.
func (p *Printer) WeekdayOf(civil string) string {
	t, err := time.Parse(time.DateOnly, civil)
	if err != nil {
		return civil
	}
	return (&Printer{c: p.c, lang: p.lang, zone: time.UTC}).Weekday(t)
}

// FullDate is "Saturday 21 November 2026".
func (p *Printer) FullDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, k := t.In(p.zone), calendars[p.lang]
	return k.weekdayAll[t.Weekday()] + k.comma + k.write(t, true, true)
}

// Time is "09:15".
func (p *Printer) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format("15:04")
}

// DateTime is "19 Nov 2026, 09:15".
func (p *Printer) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Date(t) + ", " + p.Time(t)
}

// Moment is as short as it can be: "09:15" today, "19 Nov" this year, else "19 Nov 2025".
func (p *Printer) Moment(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(p.zone), now.In(p.zone)
	switch {
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return t.Format("15:04")
	case t.Year() == now.Year():
		return calendars[p.lang].write(t, false, false)
	}
	return calendars[p.lang].write(t, false, true)
}

// MomentTime is Moment with the time of day: "today, 09:15", "13 Nov, 10:22", "13 Nov 2025, 10:22".
func (p *Printer) MomentTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(p.zone), now.In(p.zone)
	day := p.T("lang.today")
	if t.Year() != now.Year() || t.YearDay() != now.YearDay() {
		day = calendars[p.lang].write(t, false, t.Year() != now.Year())
	}
	return day + ", " + t.Format("15:04")
}

// Range writes from and to with an en dash, and says only once what both have: "Sat 21 Nov, 22:00–22:30",
// "19 Nov 2026, 22:00 – 20 Nov 2026, 06:00".
func (p *Printer) Range(from, to time.Time) string {
	a, b := from.In(p.zone), to.In(p.zone)
	if a.Year() == b.Year() && a.YearDay() == b.YearDay() {
		return p.Weekday(a) + ", " + a.Format("15:04") + "–" + b.Format("15:04")
	}
	return p.DateTime(a) + " – " + p.DateTime(b)
}

// Days writes a range of civil days: "19–21 Nov 2026", "30 Nov – 2 Dec 2026", "30 Dec 2026 – 2 Jan 2027".
func (p *Printer) Days(from, to string) string {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	k := calendars[p.lang]
	switch {
	case err1 != nil || err2 != nil:
		return from + " – " + to
	case a.Equal(b):
		return p.Day(from)
	case a.Year() == b.Year() && a.Month() == b.Month():
		return strconv.Itoa(a.Day()) + "–" + k.write(b, false, true)
	}
	return k.write(a, false, a.Year() != b.Year()) + " – " + k.write(b, false, true)
}

// Span is a length of time in its two largest units: "3 h 48 min", "2 days"; less than a minute is "1 min".
func (p *Printer) Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case days > 0:
		return p.T("lang.days", "n", days)
	case hours > 0 && minutes > 0:
		return p.T("lang.hours_minutes", "hours", hours, "minutes", minutes)
	case hours > 0:
		return p.T("lang.hours", "n", hours)
	}
	return p.T("lang.minutes", "n", max(minutes, 1))
}
