package web

import (
	"html/template"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
)

// Tone is the colour of a state; it never stands alone, a word is always with it.
type Tone string

const (
	Idle Tone = "idle"
	Info Tone = "info"
	OK   Tone = "ok"
	Warn Tone = "warn"
	Bad  Tone = "bad"
)

// Text is what a component shows: a message of the catalogue, or data as it is (a name, a number).
type Text struct {
	Key  fault.Message
	Data string
}

// Say is a text of the catalogue.
func Say(key string, args ...any) Text { return Text{Key: fault.Msg(key, args...)} }

// Data is a text that is nobody's to translate: a name, a number, a title somebody typed.
func Data(s string) Text { return Text{Data: s} }

// In is the text as a reader reads it.
func (t Text) In(p *lang.Printer) string { return say(p, t) }

// argument is the text as an argument of another message.
func (t Text) argument() any {
	if t.Key.Key != "" {
		return t.Key
	}
	return t.Data
}

// Empty tells whether there is nothing to show.
func (t Text) Empty() bool { return t.Key.Key == "" && t.Data == "" }

// Link goes somewhere.
type Link struct {
	Href    string
	Label   Text
	Icon    string
	Current bool
}

// Act is a button: a link if it has Href, else a form that posts to Post.
type Act struct {
	Label   Text
	Icon    string
	Href    string
	Post    string
	Name    string // of the button
	Value   string
	Hidden  []Pair // further fields of the form
	Primary bool
	Danger  bool
	Quiet   bool
	Small   bool
}

// Pair is a hidden field.
type Pair struct{ Name, Value string }

// Option is one choice of a select, a radio group or a group of check boxes.
type Option struct {
	Value    string
	Label    Text
	Hint     Text
	Chosen   bool
	Disabled bool
}

// Field is one field of a form with its label, help and message.
//
// Type is text, email, password, search, tel, url, number, date, textarea, select, radio, checkbox (one), checks (a
// group) or file. A password never shows its value again.
type Field struct {
	Name         string
	ID           string // Name if empty; give one if a page has two forms with the same field
	Type         string // text if empty
	Label        Text
	Hint         Text
	Error        fault.Message
	Value        string // of a checkbox: what it sends, "1" if empty
	Checked      bool   // of a checkbox
	Options      []Option
	Optional     bool // says so beside the label
	Required     bool
	Autofocus    bool
	Disabled     bool
	Multiple     bool // of a file
	Short        bool // of a value of a few characters
	Placeholder  Text
	Autocomplete string
	InputMode    string
	Accept       string
	Min, Max     int // characters of a text; 0: none
	Rows         int
}

// With is the field with the message that the fault has for it.
func (f Field) With(e *fault.Error) Field {
	if e != nil {
		f.Error = e.At(f.Name)
	}
	return f
}

// Status is a state: a tone, an icon, a word, and a second line if there is more to say.
type Status struct {
	Tone Tone
	Icon string
	Word Text
	Note Text
}

// Turn says who acts next. You is the reader.
type Turn struct {
	You  bool
	Name string // of the organisation otherwise
}

// Tag is a kind: "CRITSIT", "Plugin", "New". Not for states.
type Tag struct {
	Word Text
	New  bool
	Bad  bool
}

// Count is a number in navigation and tabs. More than Cap is shown as "99+".
type Count struct {
	N   int
	You bool // they need the reader
}

// Cap is the largest count that is shown; counting stops one above it.
const Cap = 99

// Notice is one message for the whole page.
type Notice struct {
	Tone  Tone
	Icon  string // by tone if empty
	Title Text
	Text  Text
	Links []Link // to the fields of a refused form
	Acts  []Act
	Lines bool // the text stands on a line of its own
	Below bool // the same, and the acts stand under it
	Alert bool // role=alert and focus: a refused form
}

// Heads is the head of a table.
type Heads struct {
	Columns []Column
}

// Column is one head; one with Sort is a link, one that is Sorted says in which direction.
type Column struct {
	Label  Text
	Sort   string // address
	Sorted string // "", ascending, descending
	Num    bool
	Hidden bool   // for readers only: the column of acts
	Width  string // a class w-70 … w-230 of the stylesheet
}

// Empty is an empty list: what is missing, how it comes to be, one act.
type Empty struct {
	Title Text
	Text  Text
	Acts  []Act
}

// Facts are pairs of label and value.
type Facts struct {
	Wide  bool
	Items []Fact
}

// Fact is one label with its value. Value may be a status, a link or a text.
type Fact struct {
	Label  Text
	Value  Text
	Href   string
	Status *Status
	Note   Text
	Mono   bool
}

// Pager leads to the neighbours of a page by key. Time says "Newer / Older", otherwise it is "Previous / Next".
type Pager struct {
	Note  Text
	Newer string
	Older string
	Time  bool
}

// Tabs are views of one list, each with its address.
type Tabs struct {
	Label Text
	Items []Tab
}

// Tab is one of Tabs or Segment.
type Tab struct {
	Href    string
	Label   Text
	Count   *Count
	Current bool
}

// Segment is 2 to 5 exclusive views of the same thing.
type Segment struct {
	Label Text
	Items []Tab
}

// Steps is the way through a wizard; done steps are links if they have an address.
type Steps struct {
	Label Text
	Items []Step
}

// Step is one of Steps.
type Step struct {
	Label   Text
	Href    string
	Done    bool
	Current bool
}

// Crumbs is the way back from a page below a list.
type Crumbs struct{ Items []Link }

// Avatar is a person's initials; vendor people are square.
type Avatar struct {
	Name   string
	Vendor bool
}

// EntryKind is what stands in a timeline.
type EntryKind string

const (
	Message  EntryKind = "message"
	Solution EntryKind = "solution" // a message with an accent edge
	Internal EntryKind = "internal" // dashed, locked, in words
	Event    EntryKind = "event"    // one grey line
)

// Entry is one line of a timeline.
type Entry struct {
	Kind   EntryKind
	ID     string // anchor
	At     time.Time
	Author string
	Side   string // organisation and its part: "Brightwater Systems, partner"
	Vendor bool
	Note   Text          // of an internal one: who sees it; of a solution: its heading
	Body   template.HTML // of a message, made safe by the one who rendered it
	Icon   string        // of an event
	Text   Text          // of an event
	Files  []Attached
}

// Attached is a file of a message.
type Attached struct {
	Name string
	Href string // empty: cannot be had yet
	Size int64
	Note Text
}

// Timeline is a list of entries with the frame that knows the reader's clock: $.Frame.Timeline .Page.Entries.
type Timeline struct {
	Frame   Frame
	Entries []Entry
}

// Meter is a share of a whole, beside its number.
type Meter struct {
	Value, Max int
	Label      Text
}

// Disclosure hides raw data until it is asked for.
type Disclosure struct {
	Summary Text
	Text    string
	Copy    bool
}

// Dialog confirms an act with consequences; without script the same stands on a page of its own.
type Dialog struct {
	ID    string
	Title Text
	Text  Text
	Acts  []Act
}

// Upload is a drop field for files and the files that are there already.
type Upload struct {
	Name  string
	ID    string
	Label Text
	Hint  Text
	Error fault.Message
	Files []Uploaded
}

// Uploaded is a file of an Upload: on its way, there, or refused.
type Uploaded struct {
	Name    string
	Note    Text
	Tone    Tone
	Percent int // while it is on its way
	Act     *Act
}

// Staged is the bar of collected changes that are not in force.
type Staged struct {
	Title Text
	Text  Text
	Acts  []Act
}

// Toast confirms what needs nothing more.
type Toast struct {
	Title Text
	Text  Text
}
