package partner

// Asked tells the partner what it asked.
type Asked struct {
	Ask    string
	Number int64
	Roles  []string
	Months int
}

func (Asked) EventName() string { return "partner.asked" }
func (e Asked) Subject() string { return "ask:" + e.Ask }

// AskCame tells the customer what a partner asked.
type AskCame struct {
	Ask, Partner string
	Roles        []string
	Months       int
}

func (AskCame) EventName() string { return "partner.ask_came" }
func (e AskCame) Subject() string { return "ask:" + e.Ask }

// Answered tells both sides the answer: agreed, refused or withdrawn.
type Answered struct{ Ask, Answer, Partnership string }

func (Answered) EventName() string { return "partner.answered" }
func (e Answered) Subject() string { return "ask:" + e.Ask }
