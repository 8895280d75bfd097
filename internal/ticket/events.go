package ticket

// What is recorded of a ticket: ids, words and days, never what somebody wrote. Drafts are their author's own affair, so
// their events belong to no organisation; a note's event belongs to the vendor.

// Opened is emitted when a ticket is sent.
type Opened struct{ Ticket, Kind, RequestKind, Product, Requester, State, Turn string }

// DraftKept is emitted for a new draft.
type DraftKept struct{ Ticket string }

// DraftChanged is emitted when its author rewrites a draft.
type DraftChanged struct{ Ticket string }

// DraftDiscarded is emitted when its author gives a draft up.
type DraftDiscarded struct{ Ticket string }

// Answered is emitted for a message; Before and After are states, if it changed that.
type Answered struct {
	Ticket     string
	Entry      int64
	Kind, Side string
	Before     string `json:",omitempty"`
	After      string `json:",omitempty"`
	TurnBefore string
	TurnAfter  string
	Files      []string `json:",omitempty"` // ids
}

// NoteWritten is emitted for a note, for the vendor's own organisation.
type NoteWritten struct {
	Ticket string
	Entry  int64
}

// StateChanged is emitted when somebody takes the ticket to another state.
type StateChanged struct{ Ticket, Before, After, TurnBefore, TurnAfter string }

// SeverityChanged is emitted with both severities.
type SeverityChanged struct {
	Ticket        string
	Before, After int
}

// OwnerChanged is emitted with the ids of both owners.
type OwnerChanged struct{ Ticket, Before, After string }

// PartnersChanged is emitted when the customer withholds a ticket from partners or gives it back.
type PartnersChanged struct {
	Ticket                                         string
	Before, After                                  bool
	StateBefore, StateAfter, TurnBefore, TurnAfter string
}

// ActionPlanned is emitted for a new action.
type ActionPlanned struct{ Ticket, Action, Side, Day string }

// ActionMoved is emitted with both days.
type ActionMoved struct{ Ticket, Action, Before, After string }

// ActionEnded is emitted with both states.
type ActionEnded struct{ Ticket, Action, Before, After string }

func (Opened) EventName() string          { return "ticket.opened" }
func (DraftKept) EventName() string       { return "ticket.draft_kept" }
func (DraftChanged) EventName() string    { return "ticket.draft_changed" }
func (DraftDiscarded) EventName() string  { return "ticket.draft_discarded" }
func (Answered) EventName() string        { return "ticket.answered" }
func (NoteWritten) EventName() string     { return "ticket.note_written" }
func (StateChanged) EventName() string    { return "ticket.state_changed" }
func (SeverityChanged) EventName() string { return "ticket.severity_changed" }
func (OwnerChanged) EventName() string    { return "ticket.owner_changed" }
func (PartnersChanged) EventName() string { return "ticket.partners_changed" }
func (ActionPlanned) EventName() string   { return "ticket.action_planned" }
func (ActionMoved) EventName() string     { return "ticket.action_moved" }
func (ActionEnded) EventName() string     { return "ticket.action_ended" }

func (e Opened) Subject() string          { return Subject(e.Ticket) }
func (e DraftKept) Subject() string       { return Subject(e.Ticket) }
func (e DraftChanged) Subject() string    { return Subject(e.Ticket) }
func (e DraftDiscarded) Subject() string  { return Subject(e.Ticket) }
func (e Answered) Subject() string        { return Subject(e.Ticket) }
func (e NoteWritten) Subject() string     { return Subject(e.Ticket) }
func (e StateChanged) Subject() string    { return Subject(e.Ticket) }
func (e SeverityChanged) Subject() string { return Subject(e.Ticket) }
func (e OwnerChanged) Subject() string    { return Subject(e.Ticket) }
func (e PartnersChanged) Subject() string { return Subject(e.Ticket) }
func (e ActionPlanned) Subject() string   { return Subject(e.Ticket) }
func (e ActionMoved) Subject() string     { return Subject(e.Ticket) }
func (e ActionEnded) Subject() string     { return Subject(e.Ticket) }
