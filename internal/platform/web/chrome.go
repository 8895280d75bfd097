package web

// Chrome is what stands round every page: made by Site.Frame with one statement.
type Chrome struct {
	Brand     Brand
	Where     string // organisation in view: "Kowalski Maszyny · 20417 Łódź"
	Places    []Work
	SwitchTo  string // address that a switcher's entry posts to, with fields "to" (number) and "next"
	MoreAbout []Link // last lines of the switcher
	Several   bool   // the reader works for more than one organisation, so that another tab may switch
	Active    *Work  // the session's own membership last chosen, where it is another than the address's
	Nav       []Group
	Search    *Search // nil: there is nothing to search yet
	Create    []Link
	Bell      *Bell
	Help      string
	Account   *Account // nil: nobody is signed in
	Notices   []Notice
	Staged    *Staged // what the reader has changed here and not applied
	Foot      []Link
	Languages bool   // the choice of languages on public pages; set by the router
	KeysAt    string // address at which single keys are switched off
	Rows      bool   // lists may be walked through with j and k, for who has chosen so
}

// Brand is the vendor's face. Palette is empty for the stylesheet's own colours.
type Brand struct {
	Name    string // "Halden Software"
	Title   string // of the footer: "Halden Software customer portal"; Name if empty
	Home    string // address of the mark; "/" if empty
	Mail    string // the desk's address: every refusal shows it
	Phone   string
	Palette Palette
}

// Palette is the six colours a vendor sets, #rrggbb.
type Palette struct{ Brand, Strong, Soft, On, Dark, DarkSoft string }

// Work is an own membership in the switcher.
type Work struct {
	Number  int64
	Name    string // "Kowalski Maszyny, Łódź"
	Roles   string // "Administrator"
	Primary bool
	Current bool
}

// Group is a part of the side navigation; the first one has no title.
type Group struct {
	Title Text
	Items []NavItem
}

// NavItem is one entry; the one with the longest address that the page's begins with is the current one.
type NavItem struct {
	Href    string
	Label   Text
	Icon    string
	Count   int // of what needs the reader; above Cap "99+"
	Current bool
	Key     string // letter that leads here after g
}

// Search is the field in the top bar.
type Search struct {
	Action      string
	Placeholder Text
}

// Bell leads to the notifications.
type Bell struct {
	Href  string
	Count int
}

// Account is the menu of the person.
type Account struct {
	Name    string
	Vendor  bool
	Links   []Link
	SignOut string // address that "Sign out" posts to
}

// Asking is who can help after a refusal.
type Asking struct {
	Right  Text // the missing right in words: "Licensing privilege"
	Have   Text // what the person has instead
	People []Helper
	Desk   Helper // the vendor's desk, if nobody else is there; from the brand if empty
	Acts   []Act  // what can be done now
	Ask    *AskForm
}

// AskForm asks those people for the right.
type AskForm struct {
	Action string
	Right  string // as the program calls it
	Text   Field
	Desk   bool // there are own people, and the desk can be asked too
}

// Helper is one who can give a right.
type Helper struct {
	Name string
	As   Text
	Mail string
}

// Titled lets a page say its title itself: that of a ticket.
type Titled interface{ PageTitle() Text }
