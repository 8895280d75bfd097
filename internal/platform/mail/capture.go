package mail

import (
	"context"
	"regexp"
	"slices"
	"sync"
)

// Captured is a letter that was kept instead of sent.
type Captured struct {
	ID      string   `json:"id"`
	To      string   `json:"to"`
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	Links   []string `json:"links"`
}

// Capture keeps the last letters in memory: for the demo world, where /-/mail shows them.
type Capture struct {
	mu  sync.Mutex
	all []Captured
}

const kept = 500

var link = regexp.MustCompile(`https?://[^\s<>"]+`)

func (c *Capture) Send(_ context.Context, o Outgoing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	links := link.FindAllString(o.Text, -1)
	if links == nil {
		links = []string{}
	}
	c.all = append(c.all, Captured{o.ID, o.To, o.Subject, o.Text, links})
	c.all = c.all[max(0, len(c.all)-kept):]
	return nil
}

func (c *Capture) Check(context.Context) error { return nil }

// All gives the kept letters, newest first.
func (c *Capture) All() []Captured {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.all)
	slices.Reverse(all)
	if all == nil {
		all = []Captured{}
	}
	return all
}
