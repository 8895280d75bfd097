package identity

// Events of a person's own affairs: ids and words, never an address or a name.

// SignedIn is emitted when every step of a sign-in is passed. Proven says that the mailbox is.
type SignedIn struct {
	Person string
	First  bool // the first time here
	Proven bool
}

func (SignedIn) EventName() string { return "identity.signed_in" }
func (e SignedIn) Subject() string { return "person:" + e.Person }

// SignedOut ends one session.
type SignedOut struct{ Person, Session string }

func (SignedOut) EventName() string { return "identity.signed_out" }
func (e SignedOut) Subject() string { return "session:" + e.Session }

// SessionRevoked ends another of one's own sessions.
type SessionRevoked struct{ Person, Session string }

func (SessionRevoked) EventName() string { return "identity.session_revoked" }
func (e SessionRevoked) Subject() string { return "session:" + e.Session }

// PasswordSet tells by what right: invitation, reset, change, register, operator.
type PasswordSet struct{ Person, By string }

func (PasswordSet) EventName() string { return "identity.password_set" }
func (e PasswordSet) Subject() string { return "person:" + e.Person }

// FactorSet tells that a second factor was set up.
type FactorSet struct{ Person, Factor string }

func (FactorSet) EventName() string { return "identity.factor_set" }
func (e FactorSet) Subject() string { return "person:" + e.Person }

// FactorRemoved tells that a second factor was removed.
type FactorRemoved struct{ Person, Factor string }

func (FactorRemoved) EventName() string { return "identity.factor_removed" }
func (e FactorRemoved) Subject() string { return "person:" + e.Person }

// RecoveryMade tells that a person has new recovery codes, in place of all older ones.
type RecoveryMade struct{ Person string }

func (RecoveryMade) EventName() string { return "identity.recovery_made" }
func (e RecoveryMade) Subject() string { return "person:" + e.Person }

// RecoveryUsed tells that a recovery code stood in for the second factor.
type RecoveryUsed struct {
	Person string
	Left   int
}

func (RecoveryUsed) EventName() string { return "identity.recovery_used" }
func (e RecoveryUsed) Subject() string { return "person:" + e.Person }

// ProfileChanged tells which fields changed.
type ProfileChanged struct {
	Person string
	Fields []string
}

func (ProfileChanged) EventName() string { return "identity.profile_changed" }
func (e ProfileChanged) Subject() string { return "person:" + e.Person }

// Registered tells that a person made an account without an invitation.
type Registered struct{ Person string }

func (Registered) EventName() string { return "identity.registered" }
func (e Registered) Subject() string { return "person:" + e.Person }

// PasskeyAdded tells that a person has one passkey more.
type PasskeyAdded struct{ Person, Passkey string }

func (PasskeyAdded) EventName() string { return "identity.passkey_added" }
func (e PasskeyAdded) Subject() string { return "person:" + e.Person }

// PasskeyRemoved tells that a person took one away.
type PasskeyRemoved struct{ Person, Passkey string }

func (PasskeyRemoved) EventName() string { return "identity.passkey_removed" }
func (e PasskeyRemoved) Subject() string { return "person:" + e.Person }

// PasskeyDoubtful tells that the counter of a passkey went back: a copy of it may be in use.
type PasskeyDoubtful struct{ Person, Passkey string }

func (PasskeyDoubtful) EventName() string { return "identity.passkey_doubtful" }
func (e PasskeyDoubtful) Subject() string { return "person:" + e.Person }
