package openid

// Made tells of a new client.
type Made struct{ Client string }

func (Made) EventName() string { return "openid.made" }
func (e Made) Subject() string { return "openid:" + e.Client }

// Changed tells that a client's addresses or name are others now.
type Changed struct{ Client string }

func (Changed) EventName() string { return "openid.changed" }
func (e Changed) Subject() string { return "openid:" + e.Client }

// SecretMade tells that a client has a new secret, in place of any older one.
type SecretMade struct{ Client string }

func (SecretMade) EventName() string { return "openid.secret_made" }
func (e SecretMade) Subject() string { return "openid:" + e.Client }

// Disabled tells that nobody can sign in at a client any more.
type Disabled struct{ Client string }

func (Disabled) EventName() string { return "openid.disabled" }
func (e Disabled) Subject() string { return "openid:" + e.Client }

// Enabled tells that people can sign in at a client again.
type Enabled struct{ Client string }

func (Enabled) EventName() string { return "openid.enabled" }
func (e Enabled) Subject() string { return "openid:" + e.Client }

// Deleted tells that a client is gone.
type Deleted struct{ Client string }

func (Deleted) EventName() string { return "openid.deleted" }
func (e Deleted) Subject() string { return "openid:" + e.Client }

// KeyChanged tells that another key signs from now on.
type KeyChanged struct{ Key string }

func (KeyChanged) EventName() string { return "openid.key_changed" }
func (e KeyChanged) Subject() string { return "openid-key:" + e.Key }

// Allowed tells that a person agreed to tell a client who he is.
type Allowed struct{ Person, Client string }

func (Allowed) EventName() string { return "openid.allowed" }
func (e Allowed) Subject() string { return "openid:" + e.Client }

// Forgotten tells that a person took back what he agreed to, and ended his sign-ins at a client.
type Forgotten struct{ Person, Client string }

func (Forgotten) EventName() string { return "openid.forgotten" }
func (e Forgotten) Subject() string { return "openid:" + e.Client }

// Reused tells that a code or a refresh token was presented twice: all tokens of the grant are void.
type Reused struct{ Person, Client, Grant string }

func (Reused) EventName() string { return "openid.reused" }
func (e Reused) Subject() string { return "openid:" + e.Client }
