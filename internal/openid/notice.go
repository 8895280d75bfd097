package openid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/platform/event"
	"lodge/internal/platform/job"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// tell is the job that tells a website of the end of a session.
type tell struct {
	Notice string `json:"notice"`
}

func (tell) Kind() string { return "openid.tell" }

const (
	tellTries  = 12 // with growing pauses: about a day
	tellTime   = 10 * time.Second
	logoutLife = 2 * time.Minute
	keptFor    = 30 * 24 * time.Hour // grants and notices that are over
)

// Work lets this process handle the package's jobs.
func (p *Provider) Work() { job.Handle(p.Jobs, p.tell) }

type ended struct {
	ID, Client, Person, Session string
	Tell                        bool // the website has an address for it, and got tokens
}

// OnSessionsEnded is the reaction to everything that ends sessions of the actor, or of the person to whom a mailed link belongs.
func (p *Provider) OnSessionsEnded(tx *store.Tx, a who.Actor, _ string, _ event.Event) error {
	all, err := store.Query[ended](tx, selectEnded, tx.Now, a.Person)
	if err != nil {
		return err
	}
	return p.end(tx, all)
}

// end ends grants, and has each website told once of each session.
func (p *Provider) end(tx *store.Tx, all []ended) error {
	var ids []string
	told := map[string]bool{}
	for _, g := range all {
		ids = append(ids, g.ID)
		if key := g.Client + " " + g.Session; g.Tell && !told[key] {
			told[key] = true
			id := tx.NewID()
			if _, err := tx.Exec(insertNotice, id, g.Client, g.Person, g.Session, tx.Now); err != nil {
				return err
			}
			if err := p.Jobs.Insert(tx, tell{id}, job.Tried(tellTries)); err != nil {
				return err
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(endGrants, store.List(ids), tx.Now)
	return err
}

// Sweep ends grants whose session is over, changes a signing key that is old, and forgets what has been over for a while.
func (p *Provider) Sweep(ctx context.Context) error {
	for more := true; more; {
		err := p.Store.Write(ctx, store.Lock("openid-sweep", ""), func(tx *store.Tx) error {
			all, err := store.Query[ended](tx, selectOver, tx.Now)
			more = len(all) > 0
			if err != nil {
				return err
			}
			return p.end(tx, all)
		})
		if err != nil {
			return err
		}
	}
	err := p.Store.Write(ctx, store.Lock("openid-sweep", ""), func(tx *store.Tx) error {
		for _, q := range []string{deleteOldKeys, deleteUnused} {
			if _, err := tx.Exec(q, tx.Now); err != nil {
				return err
			}
		}
		for _, q := range []string{deleteTokensOfOldGrants, deleteOldTokens, deleteOldGrants, deleteOldNotices} {
			if _, err := tx.Exec(q, tx.Now.Add(-keptFor)); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, p.changeOldKey(ctx))
}

type notice struct {
	Client, Person, Session, To string
	SentAt                      time.Time
}

// tell is one try to tell a website.
func (p *Provider) tell(ctx context.Context, j job.Job[tell]) error {
	var n notice
	var ok bool
	err := p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		n, ok, err = store.Maybe[notice](tx, selectNotice, j.Args.Notice)
		return err
	})
	if err != nil || !ok || !n.SentAt.IsZero() || n.To == "" {
		return err
	}
	failed := p.post(ctx, j.Args.Notice, n)
	// Free: one statement about a row of this job's own.
	err = p.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		if failed != nil {
			_, err = tx.Exec(noticeFailed, j.Args.Notice, shortened(failed.Error()))
		} else {
			_, err = tx.Exec(noticeSent, j.Args.Notice, tx.Now)
		}
		return err
	})
	return errors.Join(failed, err)
}

// post sends a logout token (OpenID Connect Back-Channel Logout 1.0, 2.5). Each try has one of its own, because it is good for two minutes.
func (p *Provider) post(ctx context.Context, id string, n notice) error {
	token, err := p.logoutToken(ctx, id, n)
	if err != nil {
		return err
	}
	ctx, done := context.WithTimeout(ctx, tellTime)
	defer done()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.To, strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := p.Outside
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 16<<10)) // so that the connection can be used again; what it says is the website's business
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	return nil
}

func (p *Provider) logoutToken(ctx context.Context, id string, n notice) (string, error) {
	key, err := p.signing(ctx)
	if err != nil {
		return "", err
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: &jose.JSONWebKey{Key: key.key, KeyID: key.kid}}, (&jose.SignerOptions{}).WithType("logout+jwt"))
	if err != nil {
		return "", err
	}
	now := p.Store.Clock.Now()
	body, err := json.Marshal(map[string]any{"iss": p.BaseURL, "aud": n.Client, "sub": n.Person, "sid": n.Session, "jti": id, "iat": now.Unix(), "exp": now.Add(logoutLife).Unix(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": struct{}{}}})
	if err != nil {
		return "", err
	}
	signed, err := s.Sign(body)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// Unsent is a notice that did not arrive yet.
type Unsent struct {
	CreatedAt, SentAt time.Time
	Tries             int
	Error             string
}

// Unsent are the newest ten of a client's that did not arrive at the first try. As Get.
func (p *Provider) Unsent(ctx context.Context, a who.Actor, id string) (all []Unsent, err error) {
	if err := own(a); err != nil {
		return nil, err
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Unsent](tx, selectNotices, id)
		return err
	})
	return all, err
}
