package web

import (
	"context"
	"html"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
)

// Frame is what a page knows of its surroundings. In a template it is .Frame, inside range and with $.Frame.
type Frame struct {
	Chrome
	Title    string // translated
	Language string
	Nonce    string
	Path     string // address of this page with its query, "" for the answer to a form: where a switch or a sign-in leads back to
	Base     string // beginning of the organisation's addresses, "/o/20417"; "" outside
	Org      int64  // number in view, 0 outside
	As       int64  // number of the organisation that page and session work for, where another tab may switch; else 0
	Seen     int64
	By       string        // whose page this is, see by; "" for nobody
	Key      string        // fresh idempotency key of this page's forms
	Content  template.HTML // of <main>, for the layout
	Choices  []Choice      // of languages, on public pages
	Bare     bool          // assets were not built
	Now      time.Time
	Keys     Keys

	print  *lang.Printer
	assets *assetIndex
}

// Choice is a language that a public page can be read in.
type Choice struct {
	Code, Name, Href string
	Current          bool
}

// Printer is the reader's language and zone, for texts made in a handler.
func (s *Site) Printer(r *http.Request, a who.Actor) *lang.Printer {
	return s.Catalogue.For(s.language(r, a)).In(a.Zone)
}

// language is the person's own; for nobody that of ?lang=, then of an earlier ?lang=, then the browser's.
func (s *Site) language(r *http.Request, a who.Actor) string {
	if a.Person != "" && lang.Known(a.Language) {
		return a.Language
	}
	if l := r.URL.Query().Get("lang"); lang.Known(l) {
		return l
	}
	if c, err := r.Cookie(s.cookieName("lodge-lang")); err == nil && lang.Known(c.Value) {
		return c.Value
	}
	return lang.Match(r.Header.Get("Accept-Language"))
}

// keepLanguage remembers a choice that was made by a click on a public page; nothing else there sets a cookie.
func (s *Site) keepLanguage(w http.ResponseWriter, r *http.Request, a who.Actor) {
	if l := r.URL.Query().Get("lang"); a.Person == "" && lang.Known(l) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		http.SetCookie(w, s.cookie("lodge-lang", l, 365*24*time.Hour))
	}
}

// frame asks for the chrome and adds what the router knows.
func (s *Site) frame(ctx context.Context, r *http.Request, a who.Actor) (Frame, error) {
	var c Chrome
	if s.Frame != nil {
		var err error
		if c, err = s.Frame(ctx, a, r); err != nil {
			return Frame{}, err
		}
	}
	if c.Brand.Name == "" {
		c.Brand = s.Brand
	} else {
		s.brand.Store(&c.Brand)
	}
	return s.around(r, a, c), nil
}

// bare is the frame of a page that cannot ask the database: brand and nothing else.
func (s *Site) bare(r *http.Request, a who.Actor) Frame {
	c := Chrome{Brand: s.Brand}
	if last := s.brand.Load(); last != nil {
		c.Brand = *last
	}
	return s.around(r, a, c)
}

func (s *Site) around(r *http.Request, a who.Actor, c Chrome) Frame {
	p := s.Printer(r, a)
	if c.Brand.Title == "" {
		c.Brand.Title = c.Brand.Name
	}
	if c.Brand.Home == "" {
		c.Brand.Home = "/"
	}
	c.Nav = current(c.Nav, r.URL.Path)
	f := Frame{
		Chrome: c, Language: p.Language(), Nonce: stateOf(r.Context()).nonce, Base: Path(r), Seen: a.Seen, By: by(a), Key: key(),
		Bare: s.assets.empty(), Now: s.Clock.Now(), print: p, assets: &s.assets,
	}
	if number, customer, ok := Place(r); ok {
		f.Org = number
		if customer != 0 {
			f.Org = customer
		}
	}
	if c.Several && c.Active == nil {
		f.As = a.Acting
	}
	if c.Staged != nil {
		for i := range c.Staged.Acts {
			c.Staged.Acts[i].Hidden = f.hidden()
		}
	}
	if f.Keys = s.Keys(r); f.Keys == KeysRows && !c.Rows {
		f.Keys = KeysOn
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		f.Path = OwnPath(r.URL.RequestURI())
	}
	if a.Person == "" {
		f.Choices = choices(r, p.Language())
	}
	return f
}

// hidden are the fields of every form of the page, as the component of this name writes them.
func (f Frame) hidden() []Pair {
	all := []Pair{{"_key", f.Key}}
	if f.By != "" {
		all = append(all, Pair{"_by", f.By})
	}
	if f.Org != 0 {
		all = append(all, Pair{"_org", strconv.FormatInt(f.Org, 10)}, Pair{"_seen", strconv.FormatInt(f.Seen, 10)})
	}
	return all
}

func choices(r *http.Request, now string) []Choice {
	var all []Choice
	for _, l := range lang.Languages {
		q := url.Values{}
		if r.Method == http.MethodGet {
			q = r.URL.Query()
		}
		q.Set("lang", l)
		all = append(all, Choice{Code: l, Name: lang.Name(l), Href: "?" + q.Encode(), Current: l == now})
	}
	return all
}

// current marks the entry whose address is the longest beginning of the page's, unless one is marked already.
func current(nav []Group, path string) []Group {
	nav = slices.Clone(nav)
	best, at := 0, [2]int{-1, -1}
	for g := range nav {
		nav[g].Items = slices.Clone(nav[g].Items)
		for i, item := range nav[g].Items {
			if item.Current {
				return nav
			}
			whole := strings.TrimSuffix(item.Href, "/")
			home := strings.HasSuffix(item.Href, "/") // the home page is the beginning of all others
			if path == item.Href || (!home && (path == whole || strings.HasPrefix(path, whole+"/"))) {
				if len(item.Href) > best {
					best, at = len(item.Href), [2]int{g, i}
				}
			}
		}
	}
	if at[0] >= 0 {
		nav[at[0]].Items[at[1]].Current = true
	}
	return nav
}

// Link is an address of the organisation in view: Link "/requests".
func (f Frame) Link(path string) string { return f.Base + path }

// Asset is the address of a built file: Asset "lodge.css".
func (f Frame) Asset(name string) string { return f.assets.href(name) }

// Timeline gives entries the reader's clock.
func (f Frame) Timeline(entries []Entry) Timeline { return Timeline{Frame: f, Entries: entries} }

// Moment is "09:15" today, "19 Nov" this year, else "19 Nov 2025".
func (f Frame) Moment(t time.Time) template.HTML { return stamp(t, f.print.Moment(t, f.Now)) }

// MomentTime is "today, 09:15" or "13 Nov, 10:22".
func (f Frame) MomentTime(t time.Time) template.HTML { return stamp(t, f.print.MomentTime(t, f.Now)) }

// Date is "19 Nov 2026".
func (f Frame) Date(t time.Time) template.HTML { return stamp(t, f.print.Date(t)) }

// LongDate is "19 November 2026".
func (f Frame) LongDate(t time.Time) template.HTML { return stamp(t, f.print.LongDate(t)) }

// FullDate is "Thursday 19 November 2026".
func (f Frame) FullDate(t time.Time) template.HTML { return stamp(t, f.print.FullDate(t)) }

// Weekday is "Sat 21 Nov".
func (f Frame) Weekday(t time.Time) template.HTML { return stamp(t, f.print.Weekday(t)) }

// Time is "09:15".
func (f Frame) Time(t time.Time) template.HTML { return stamp(t, f.print.Time(t)) }

// DateTime is "19 Nov 2026, 09:15".
func (f Frame) DateTime(t time.Time) template.HTML { return stamp(t, f.print.DateTime(t)) }

// Day is a civil day, "19 Nov 2026".
func (f Frame) Day(civil string) template.HTML { return day(civil, f.print.Day(civil)) }

// LongDay is a civil day, "19 November 2026".
func (f Frame) LongDay(civil string) template.HTML { return day(civil, f.print.LongDay(civil)) }

// WeekdayOf is a civil day, "Sat 21 Nov".
func (f Frame) WeekdayOf(civil string) template.HTML { return day(civil, f.print.WeekdayOf(civil)) }

// Clock is "09:15" as plain text, for a sentence.
func (f Frame) Clock(t time.Time) string { return f.print.Time(t) }

// Range is "Sat 21 Nov, 22:00–22:30".
func (f Frame) Range(from, to time.Time) string { return f.print.Range(from, to) }

// Span is "3 h 48 min".
func (f Frame) Span(d time.Duration) string { return f.print.Span(d) }

// Since is how long ago t was.
func (f Frame) Since(t time.Time) string { return f.print.Span(f.Now.Sub(t)) }

func stamp(t time.Time, text string) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + t.UTC().Format("2006-01-02T15:04:05Z") + `">` + html.EscapeString(text) + `</time>`)
}

func day(civil, text string) template.HTML {
	if civil == "" {
		return ""
	}
	return template.HTML(`<time datetime="` + html.EscapeString(civil) + `">` + html.EscapeString(text) + `</time>`)
}
