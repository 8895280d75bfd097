package token

// Made tells of a new token and what it is for.
type Made struct {
	Token  string
	Scopes []string
}

func (Made) EventName() string { return "token.made" }
func (e Made) Subject() string { return "token:" + e.Token }

// Replaced tells which token takes the place of one that ends within a day.
type Replaced struct{ Token, By string }

func (Replaced) EventName() string { return "token.replaced" }
func (e Replaced) Subject() string { return "token:" + e.Token }

// Ended tells that a token was revoked.
type Ended struct{ Token string }

func (Ended) EventName() string { return "token.revoked" }
func (e Ended) Subject() string { return "token:" + e.Token }
