package federation

// Events of an organisation's sign-in: ids and words of the program, never an address or a domain.

// DomainAdded tells of a domain that is to be proven.
type DomainAdded struct{ Domain string }

func (DomainAdded) EventName() string { return "federation.domain_added" }
func (e DomainAdded) Subject() string { return "domain:" + e.Domain }

// DomainProven tells that the record was found.
type DomainProven struct{ Domain string }

func (DomainProven) EventName() string { return "federation.domain_proven" }
func (e DomainProven) Subject() string { return "domain:" + e.Domain }

// DomainLapsed tells that a proof holds no more.
type DomainLapsed struct{ Domain string }

func (DomainLapsed) EventName() string { return "federation.domain_lapsed" }
func (e DomainLapsed) Subject() string { return "domain:" + e.Domain }

// DomainRemoved tells that an administrator took a domain away.
type DomainRemoved struct{ Domain string }

func (DomainRemoved) EventName() string { return "federation.domain_removed" }
func (e DomainRemoved) Subject() string { return "domain:" + e.Domain }

// Changed tells which settings of the connection changed.
type Changed struct {
	Connection string
	Fields     []string
}

func (Changed) EventName() string { return "federation.changed" }
func (e Changed) Subject() string { return "connection:" + e.Connection }

// Switched tells that the connection was switched on or off.
type Switched struct{ Connection, State string }

func (Switched) EventName() string { return "federation.switched" }
func (e Switched) Subject() string { return "connection:" + e.Connection }

// Removed tells that the connection is gone with all links and sessions.
type Removed struct{ Connection string }

func (Removed) EventName() string { return "federation.removed" }
func (e Removed) Subject() string { return "connection:" + e.Connection }

// Joined tells that somebody became a contact because the company's sign-in showed him.
type Joined struct{ Connection, Person string }

func (Joined) EventName() string { return "federation.joined" }
func (e Joined) Subject() string { return "person:" + e.Person }

// Refused tells that the portal did not let in whom the company's sign-in showed, and why.
type Refused struct{ Connection, Reason string }

func (Refused) EventName() string { return "federation.refused" }
func (e Refused) Subject() string { return "connection:" + e.Connection }
