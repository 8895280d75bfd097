package mail

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	lineTime    = 5 * time.Second // that a connection waits for the next letter; servers wait for minutes
	lineLetters = 100             // over one connection; some servers take no more
)

// lines are connections that have a letter behind them and wait for the next: greeting, TLS and sign-in cost many times
// what a letter does.
type lines struct {
	mu   sync.Mutex
	free []*line
}

type line struct {
	*smtp.Client
	letters int
	end     *time.Timer
}

// take gives a waiting line, nil if there is none.
func (l *lines) take() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 {
		return nil
	}
	x := l.free[n-1]
	l.free = l.free[:n-1]
	x.end.Stop()
	return x
}

// give lets a line wait.
func (l *lines) give(x *line) {
	if x.letters >= lineLetters {
		x.Quit()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	x.end = time.AfterFunc(lineTime, func() { l.drop(x) })
	l.free = append(l.free, x)
}

// drop ends a line that nobody has taken.
func (l *lines) drop(x *line) {
	l.mu.Lock()
	i := slices.Index(l.free, x)
	if i >= 0 {
		l.free = slices.Delete(l.free, i, i+1)
	}
	l.mu.Unlock()
	if i >= 0 {
		x.Quit()
	}
}

// deliver sends a letter over a line that waits, or a new one. A line that turns out to be gone before it took anything of
// the letter is no failure of the letter's.
func (s *SMTP) deliver(ctx context.Context, m *gomail.Msg) error {
	if x := s.lines.take(); x != nil {
		if err := s.over(x, m); !gone(err) {
			return err
		}
	}
	c, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	return s.over(&line{Client: c}, m)
}

func (s *SMTP) over(x *line, m *gomail.Msg) error {
	err := s.client.SendWithSMTPClient(x.Client, m)
	if err == nil {
		x.letters++
		s.lines.give(x)
		return nil
	}
	x.Close()
	if m.IsDelivered() {
		return nil // what came after it is not the letter's trouble
	}
	return err
}

// gone tells whether the server had ended the connection before the letter began.
func gone(err error) bool {
	var e *gomail.SendError
	return errors.As(err, &e) && (e.Reason == gomail.ErrConnCheck || e.Reason == gomail.ErrSMTPMailFrom && (e.ErrorCode() == 0 || e.ErrorCode() == 421))
}
