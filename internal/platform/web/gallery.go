package web

import (
	"html/template"
	"maps"
	"net/http"
	"slices"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// gallery is every component with its states, filled with invented data. The data is English in all languages: nobody
// but developers sees this page.
type gallery struct {
	Intro      string
	Heads      galleryHeads
	Words      galleryWords
	Acts       []Act
	Small      Act
	States     []Status
	Turns      []Turn
	Tags       []Tag
	Counts     []Count
	Person     Avatar
	Vendor     Avatar
	Meter      Meter
	Notices    []Notice
	Fields     []Field
	Row        []Field
	Choices    []Field
	Upload     Upload
	Facts      Facts
	WideFacts  Facts
	Disclosure Disclosure
	Tabs       Tabs
	Segment    Segment
	Bar        Bar
	Crumbs     Crumbs
	Steps      Steps
	Columns    Heads
	Rows       []galleryRow
	Pager      Pager
	Empty      Empty
	Entries    []Entry
	Staged     Staged
	Dialog     Dialog
	Toast      Toast
	Shortcuts  []Shortcut
	Icons      []string
}

type galleryHeads struct {
	Buttons, Status, Notices, Fields, Upload, Facts, Tabs, Steps, Table, Empty, Timeline, Staged, Dialog, Toast, Shortcuts, Icons string
}

type galleryWords struct{ Disabled, Focused, Export, TextButton, Link, ButtonRule, Status, Owned string }

type galleryRow struct {
	Name, Number, Act string
	Status            Status
	Owned             int
	Chosen            bool
}

var galleryPage = Page[gallery]{Name: "web/gallery", Title: "web.gallery"}

// Gallery shows all components. Register it in demo and development only.
func Gallery(s *Site) Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		g := sample(s.Clock.Now())
		g.Icons = slices.Sorted(maps.Keys(s.assets.icons))
		return galleryPage.Render(s, w, r, a, http.StatusOK, g)
	}
}

func sample(now time.Time) gallery {
	g := gallery{
		Intro: "Every part used on the pages, with its states. A part that is not here is added here first.",
		Heads: galleryHeads{
			Buttons: "Buttons", Status: "Status, turn, tag, count, avatar, meter", Notices: "Notices", Fields: "Form fields",
			Upload: "File upload", Facts: "Facts and disclosure", Tabs: "Tabs and segment", Steps: "Breadcrumb and steps",
			Table: "Table", Empty: "Empty list", Timeline: "Timeline", Staged: "Staged changes bar", Dialog: "Dialog",
			Toast: "Toast", Shortcuts: "Keys", Icons: "Icons",
		},
		Words: galleryWords{
			Disabled: "Disabled", Focused: "Focused", Export: "Export", TextButton: "Text button", Link: "Link",
			ButtonRule: "One primary button on a page. Danger is outlined; the red word is enough.", Status: "Status", Owned: "Owned",
		},
		Acts: []Act{
			{Label: Data("Primary"), Primary: true}, {Label: Data("Default")}, {Label: Data("Quiet"), Quiet: true},
			{Label: Data("Remove member"), Danger: true},
		},
		Small:   Act{Label: Data("Small"), Small: true},
		Turns:   []Turn{{You: true}, {Name: "Ostrova"}, {Name: "Brightwater"}},
		Tags:    []Tag{{Word: Data("2 new"), New: true}, {Word: Data("CRITSIT"), Bad: true}, {Word: Data("Plugin")}},
		Counts:  []Count{{N: 9}, {N: 3, You: true}, {N: 100}},
		Person:  Avatar{Name: "Maja Lind"},
		Vendor:  Avatar{Name: "Erik Sund", Vendor: true},
		Meter:   Meter{Value: 3, Max: 5, Label: Data("3 of 5 steps")},
		Entries: sampleEntries(now),
	}
	g.shown()
	g.notices()
	g.fields()
	g.lists()
	return g
}

func (g *gallery) shown() {
	g.States = []Status{
		{Tone: OK, Icon: "circle-check", Word: Data("Active")},
		{Tone: Info, Icon: "progress", Word: Data("Vendor analysis")},
		{Tone: Idle, Icon: "clock-pause", Word: Data("Waiting for information")},
		{Tone: Warn, Icon: "alert-triangle", Word: Data("Ends in 29 days")},
		{Tone: Bad, Icon: "circle-x", Word: Data("Expired"), Note: Data("31 Oct 2026")},
		{Tone: Idle, Icon: "circle-dashed", Word: Data("Draft")},
		{Tone: Info, Icon: "mail", Word: Data("Invited"), Note: Data("18 Nov, delivered")},
	}
	g.Facts = Facts{Items: []Fact{
		{Label: Data("Product"), Value: Data("Ostrova Designer 8.3.0")},
		{Label: Data("Installation"), Value: Data("Licence server"), Href: "#main"},
		{Label: Data("Support contract"), Status: &Status{Tone: Warn, Icon: "alert-triangle", Word: Data("Ends 18 Dec 2026")}, Note: Data("8×5")},
	}}
	g.WideFacts = Facts{Wide: true, Items: []Fact{
		{Label: Data("Number"), Value: Data("SR-7K3M-Q2XS"), Mono: true}, {Label: Data("Requester"), Value: Data("Maja Lind")},
	}}
	g.Disclosure = Disclosure{Summary: Data("Checksum"), Text: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Copy: true}
	g.Staged = Staged{Title: Data("2 changes not applied"), Text: Data("They take effect together."), Acts: []Act{
		{Label: Data("Discard")}, {Label: Data("Apply role changes"), Primary: true},
	}}
	g.Dialog = Dialog{ID: "g-dialog-title", Title: Data("Disable Lindqvist Bygg?"), Text: Data("22 people can no longer sign in. Billing goes on. You can enable the customer again at any time."), Acts: []Act{
		{Label: Data("Disable customer"), Danger: true}, {Label: Data("Cancel")},
	}}
	g.Shortcuts = Shortcuts(KeysRows, true, []Group{{Items: []NavItem{{Label: Data("Requests"), Key: "r"}}}})
	g.Toast = Toast{Title: Data("Reply sent"), Text: Data("to Maja Lind and 2 others")}
}

func (g *gallery) notices() {
	refused := fault.Check{}
	refused.Need(false, "host", "fault.invalid", "n", 1)
	refused.Need(false, "quantity", "fault.invalid", "n", 1)
	g.Notices = []Notice{
		{Tone: Info, Text: Data("Information, with no more to do.")},
		{Tone: OK, Title: Data("Case LC-2H6D-5NQ8:"), Text: Data("5 licences are installed.")},
		{Tone: Warn, Title: Data("You are the only supervisor."), Text: Data("Name a second person."), Acts: []Act{{Label: Data("Open contacts"), Href: "#main", Small: true}}},
		{Tone: Info, Icon: "checklist", Below: true, Title: Data("Does the proposed solution work?"), Text: Data("Accept it to close the request, or say what is still wrong."), Acts: []Act{{Label: Data("Accept and close"), Primary: true}, {Label: Data("Refuse")}}},
	}
	bad := Summary(fault.Of(refused.Err()), Field{Name: "host", Label: Data("Host id")}, Field{Name: "quantity", Label: Data("Quantity")})
	bad[0].Alert = false // the gallery must not take the focus
	g.Notices = append(g.Notices, bad...)
}

func (g *gallery) fields() {
	g.Fields = []Field{
		{Name: "customer", Label: Data("Customer name"), Value: "Atelier Dubois", Hint: Data("Must be unique among your customers."), Max: 200},
		{Name: "host", Label: Data("Host id"), Value: "00-12-24", Error: fault.Msg("fault.invalid", "n", 1)},
		{Name: "mail", Label: Data("E-mail address"), Type: "email", Placeholder: Data("name@company.example"), Autocomplete: "email"},
		{Name: "password", Label: Data("New password"), Type: "password", Value: "never shown", Hint: Data("At least 12 characters."), Autocomplete: "new-password"},
		{Name: "find", Label: Data("Search"), Type: "search", Optional: true},
		{Name: "notes", Label: Data("Notes"), Type: "textarea", Optional: true, Rows: 3},
		{Name: "file", Label: Data("Photograph"), Type: "file", Accept: "image/png"},
	}
	g.Row = []Field{
		{Name: "quantity", Label: Data("Quantity"), Type: "number", Value: "6", InputMode: "numeric", Error: fault.Msg("fault.invalid", "n", 1), Short: true},
		{Name: "until", Label: Data("Until"), Type: "date", Value: "2026-11-19"},
		{Name: "country", Label: Data("Country"), Type: "select", Options: []Option{{Value: "NO", Label: Data("Norway"), Chosen: true}, {Value: "PL", Label: Data("Poland")}}},
	}
	g.Choices = []Field{
		{Name: "privileges", Label: Data("Privileges"), Type: "checks", Options: []Option{
			{Value: "supervisor", Label: Data("Supervisor"), Chosen: true}, {Value: "licensing", Label: Data("Licensing")},
			{Value: "security", Label: Data("Security administration"), Hint: Data("Automatic for administrators"), Chosen: true, Disabled: true},
		}},
		{Name: "site", Label: Data("Site"), Type: "radio", Error: fault.Msg("fault.invalid", "n", 1), Options: []Option{
			{Value: "20417", Label: Data("20417 Łódź"), Chosen: true}, {Value: "20418", Label: Data("20418 Poznań")},
		}},
		{Name: "agree", Label: Data("The charges are accepted"), Type: "checkbox", Hint: Data("39.00 EUR a month"), Checked: true},
	}
	g.Upload = Upload{Name: "files", Hint: Data("up to 200 MB each"), Files: []Uploaded{
		{Name: "bundle.tar", Note: Data("7.4 of 12 MB, about 8 seconds"), Percent: 62, Act: &Act{Label: Data("Stop"), Small: true}},
		{Name: "daemon.log", Note: Data("318 kB, checked"), Tone: OK, Act: &Act{Label: Data("Remove"), Small: true}},
		{Name: "trace.iso", Note: Data("Not sent: 640 MB is over the limit of 200 MB"), Tone: Bad, Act: &Act{Label: Data("Remove"), Small: true}},
	}}
}

func (g *gallery) lists() {
	g.Tabs = Tabs{Label: Data("Example"), Items: []Tab{
		{Href: "#main", Label: Data("Mine"), Count: &Count{N: 4}}, {Href: "#main", Label: Data("Organisation"), Count: &Count{N: 9}, Current: true},
		{Href: "#main", Label: Data("Escalations"), Count: &Count{N: 1}}, {Href: "#main", Label: Data("Closed")},
	}}
	g.Segment = Segment{Label: Data("Version"), Items: []Tab{{Href: "#main", Label: Data("8.3"), Current: true}, {Href: "#main", Label: Data("8.2")}, {Href: "#main", Label: Data("8.1")}}}
	g.Bar = Bar{Action: "#main", Find: Data("Find a request"), Selects: []Select{
		{Name: "state", Label: Data("State"), Options: Chosen([]Option{{Label: Data("Every state")}, {Value: "open", Label: Data("Open")}, {Value: "closed", Label: Data("Closed")}}, "open")},
		{Name: "product", Label: Data("Product"), Options: []Option{{Label: Data("Every product")}, {Value: "aurora", Label: Data("Aurora")}}},
	}}
	g.Crumbs = Crumbs{Items: []Link{{Href: "#main", Label: Data("Requests")}, {Label: Data("SR-7K3M-Q2XS")}}}
	g.Steps = Steps{Label: Data("Example steps"), Items: []Step{
		{Label: Data("Details"), Href: "#main", Done: true}, {Label: Data("Primary user"), Done: true}, {Label: Data("Connection"), Current: true}, {Label: Data("Roles")},
	}}
	g.Columns = Heads{Columns: []Column{
		{Label: Data("Licence"), Sort: "?sort=licence", Sorted: "ascending"}, {Label: Data("Status"), Width: "w-150"},
		{Label: Data("Owned"), Num: true, Width: "w-84", Sort: "?sort=owned"}, {Label: Data("Actions"), Num: true, Width: "w-70", Hidden: true},
	}}
	g.Rows = []galleryRow{
		{Name: "Ostrova Designer", Number: "214-907-338", Status: g.States[3], Owned: 4000, Act: "Install"},
		{Name: "Ostrova Collector", Number: "308-115-902", Status: g.States[0], Owned: 2, Act: "Move", Chosen: true},
		{Name: "Vault", Number: "in its own portal", Status: g.States[4], Owned: 0, Act: "Renew"},
	}
	g.Pager = Pager{Note: Data("3 of 41 licences"), Newer: "?before=k", Older: "?after=k", Time: true}
	g.Empty = Empty{Title: Data("No open requests"), Text: Data("Requests you send appear here with their number and state."), Acts: []Act{
		{Label: Data("New request"), Icon: "plus", Href: "#main"}, {Label: Data("Search the knowledge base"), Href: "#main", Quiet: true},
	}}
}

func sampleEntries(now time.Time) []Entry {
	return []Entry{
		{Kind: Message, ID: "m-1", At: now.Add(-6 * 24 * time.Hour), Author: "Tom Brightwater", Side: "Brightwater Systems, partner", Body: template.HTML("<p>I can reproduce it over a slow line.</p>"), Files: []Attached{{Name: "daemon.log", Href: "#main", Size: 318_000}, {Name: "held.zip", Size: 4_200_000, Note: Data("being checked")}}},
		{Kind: Event, At: now.Add(-6 * 24 * time.Hour), Text: Data("Passed to Ostrova: Vendor analysis")},
		{Kind: Internal, At: now.Add(-3 * 24 * time.Hour), Author: "Erik Sund", Vendor: true, Note: Data("Internal: only Ostrova"), Body: template.HTML("<p>Same stack as D-11842.</p>")},
		{Kind: Solution, At: now.Add(-time.Minute), Author: "Ingrid Berg", Side: "Ostrova helpdesk", Vendor: true, Note: Data("Proposed solution."), Body: template.HTML("<p>Install the hot fix and restart the daemon.</p>")},
	}
}
