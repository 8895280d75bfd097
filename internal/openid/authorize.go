package openid

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// maxQuery is the longest request, in bytes: the sign-in page has to lead back to it.
const maxQuery = 1800

// sinceField is our own parameter: when somebody was asked to sign in anew, sealed. A sign-in before that does not count.
const sinceField = "since"

// request is what a website asks, after it is known to be one that may: a client in use, and an address of its own to which the answer goes.
type request struct {
	client Client
	in     *oidc.AuthRequest
	query  url.Values
	silent bool      // prompt=none: no page may be shown
	anew   bool      // whoever is signed in signs in once more
	since  time.Time // when that was asked for; zero = it has not been, yet
}

// refusal is an answer to the website that says why not.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.code + ": " + r.text }

// outcome is what becomes of a request: an answer that leaves for the website, or a page of our own that comes first.
type outcome struct {
	client Client
	leave  string
	page   string
}

// read takes a request apart. A fault where nobody can be answered: then the reader gets a page, and his browser goes nowhere. A *refusal, with the
// request, where the website gets the reason.
func (p *Provider) read(ctx context.Context, raw string) (q request, err error) {
	if q.query, err = url.ParseQuery(raw); err != nil {
		return q, fault.New(fault.BadRequest, "openid.request_odd")
	}
	if len(q.query.Encode()) > maxQuery {
		return q, fault.New(fault.BadRequest, "openid.request_long")
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(q.query[name]) != 1 {
			return q, fault.New(fault.BadRequest, "openid.request_odd")
		}
	}
	got, err := storage{p}.GetClientByClientID(ctx, q.query.Get("client_id"))
	if invalid := oidc.ErrInvalidClient(); errors.Is(err, invalid) {
		return q, fault.New(fault.BadRequest, "openid.client_unknown")
	}
	if err != nil {
		return q, err
	}
	site := got.(website)
	q.client = site.Client
	q.in = &oidc.AuthRequest{RedirectURI: q.query.Get("redirect_uri"), State: q.query.Get("state")}
	if !slices.Contains(lines(q.client.Redirects), q.in.RedirectURI) {
		return q, fault.New(fault.BadRequest, "openid.redirect_unknown", "name", q.client.Name)
	}
	if twice(q.query) {
		return q, &refusal{"invalid_request", "a parameter stands there twice"}
	}
	for name, code := range map[string]string{"request": "request_not_supported", "request_uri": "request_uri_not_supported", "registration": "registration_not_supported"} {
		if q.query.Has(name) {
			return q, &refusal{code, ""}
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/?"+raw, nil)
	if err != nil {
		return q, err
	}
	if q.in, err = op.ParseAuthorizeRequest(r, p.lib.Decoder()); err != nil {
		q.in = &oidc.AuthRequest{RedirectURI: q.query.Get("redirect_uri"), State: q.query.Get("state")}
		return q, &refusal{"invalid_request", "a parameter cannot be read"}
	}
	return q, p.check(&q, site)
}

var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // a SHA-256 in base64url

// check refuses what is not offered.
func (p *Provider) check(q *request, site website) (err error) {
	in := q.in
	if err := op.ValidateAuthReqResponseType(site, in.ResponseType); err != nil {
		return &refusal{"unsupported_response_type", "code is"}
	}
	if in.ResponseMode != "" && in.ResponseMode != oidc.ResponseModeQuery {
		return &refusal{"invalid_request", "response_mode is query"}
	}
	if in.CodeChallengeMethod != oidc.CodeChallengeMethodS256 || !challenge.MatchString(in.CodeChallenge) {
		return &refusal{"invalid_request", "code_challenge with S256 is required"}
	}
	if in.Scopes = offered(in.Scopes); !slices.Contains(in.Scopes, oidc.ScopeOpenID) {
		return &refusal{"invalid_scope", "openid is required"}
	}
	if in.MaxAge, err = op.ValidateAuthReqPrompt(in.Prompt, in.MaxAge); err != nil {
		return &refusal{"invalid_request", "prompt"}
	}
	q.silent = slices.Contains(in.Prompt, oidc.PromptNone)
	q.anew = in.MaxAge != nil && *in.MaxAge == 0 // so does prompt=login
	if sealed, err := base64.RawURLEncoding.DecodeString(q.query.Get(sinceField)); err == nil {
		if text, err := p.Keys.Open(q.purpose(), sealed); err == nil {
			q.since, _ = time.Parse(time.RFC3339Nano, string(text)) // zero: it has not been asked for
		}
	}
	return nil
}

// purpose binds what is sealed to this request.
func (q request) purpose() string {
	return "openid since\n" + q.client.ID + "\n" + q.in.State + "\n" + q.in.CodeChallenge
}

// again is the request's own address at which it goes on after a sign-in.
func (q request) again(p *Provider, at string) string {
	v := url.Values{}
	for name, values := range q.query {
		v[name] = values
	}
	if q.anew && q.since.IsZero() {
		v.Set(sinceField, base64.RawURLEncoding.EncodeToString(p.Keys.Seal(q.purpose(), []byte(p.Store.Clock.Now().UTC().Format(time.RFC3339Nano)))))
	}
	return at + "?" + v.Encode()
}

// fresh tells whether the sign-in is as young as the website wants it.
func (q request) fresh(a who.Actor, now time.Time) bool {
	switch {
	case q.anew:
		return !q.since.IsZero() && !a.Proved.Before(q.since)
	case q.in.MaxAge != nil:
		return now.Sub(a.Proved) <= time.Duration(*q.in.MaxAge)*time.Second
	}
	return true
}

// answer is the website's address with an answer in it.
func (p *Provider) answer(q request, values url.Values) string {
	if q.in.State != "" {
		values.Set("state", q.in.State)
	}
	values.Set("iss", p.BaseURL)
	return extended(q.in.RedirectURI, values)
}

// extended adds parameters to an address, and leaves the rest as it stands.
func extended(address string, values url.Values) string {
	glue := "?"
	if strings.Contains(address, "?") {
		glue = "&"
	}
	return address + glue + values.Encode()
}

func (p *Provider) sayNo(q request, r *refusal) outcome {
	v := url.Values{"error": {r.code}}
	if r.text != "" {
		v.Set("error_description", r.text)
	}
	return outcome{client: q.client, leave: p.answer(q, v)}
}

// decide decides about an authorisation request. Anybody may. A fault is a page: for a request that names no client or an address that is not the client's,
// and Forbidden of code openid.factor_needed for staff whose session has shown no second factor.
func (p *Provider) decide(ctx context.Context, a who.Actor, raw string) (outcome, error) {
	q, st, err := p.consider(ctx, a, raw)
	if no := (*refusal)(nil); errors.As(err, &no) {
		return p.sayNo(q, no), nil
	}
	switch {
	case err != nil:
		return outcome{}, err
	case a.Person == "":
		return outcome{page: "/sign-in?" + url.Values{"next": {q.again(p, AuthorizeAt)}}.Encode()}, nil
	case st.ask:
		return outcome{page: q.again(p, consentAt)}, nil
	}
	return p.code(ctx, a, q, st.factor)
}

// standing is how the person who is signed in stands to a request.
type standing struct {
	factor bool // the session has shown a second factor
	prove  bool // he has to sign in anew
	agree  bool // he has to agree
	ask    bool // either
}

// consider reads a request and looks at who is signed in.
func (p *Provider) consider(ctx context.Context, a who.Actor, raw string) (q request, st standing, err error) {
	if q, err = p.read(ctx, raw); err != nil {
		return q, st, err
	}
	if a.Person == "" {
		if q.silent {
			err = &refusal{"login_required", ""}
		}
		return q, st, err
	}
	if hint := q.in.IDTokenHint; hint != "" {
		ctx := p.issuer(ctx)
		sub, err := op.ValidateAuthReqIDTokenHint(ctx, hint, p.lib.IDTokenHintVerifier(ctx))
		if err != nil || sub != a.Person {
			return q, st, &refusal{"login_required", "somebody else is signed in"}
		}
	}
	var agreed string
	staff := false
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if st.factor, err = store.One[bool](tx, selectFactor, a.Session); err != nil {
			return err
		}
		if !st.factor {
			if staff, err = account.Staff(tx, a.Person); err != nil {
				return err
			}
		}
		agreed, _, err = store.Maybe[string](tx, selectConsent, a.Person, q.client.ID)
		return err
	})
	if err != nil {
		return q, st, err
	}
	st.prove = !q.fresh(a, p.Store.Clock.Now())
	st.agree = !q.client.Trusted && !covers(agreed, q.in.Scopes) || slices.Contains(q.in.Prompt, oidc.PromptConsent)
	st.ask = st.prove || st.agree
	switch {
	case staff && q.silent:
		err = &refusal{"interaction_required", ""}
	case staff:
		err = fault.New(fault.Forbidden, "openid.factor_needed")
	case st.prove && q.silent:
		err = &refusal{"login_required", ""}
	case st.agree && q.silent:
		err = &refusal{"consent_required", ""}
	}
	return q, st, err
}

func covers(agreed string, scopes []string) bool {
	all := strings.Fields(agreed)
	return len(all) > 0 && !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(all, s) })
}

// code gives the website its code. The session is looked at once more, in the same transaction.
func (p *Provider) code(ctx context.Context, a who.Actor, q request, factor bool) (outcome, error) {
	var code string
	// Free: a row of its own, which is worth nothing if the session has ended.
	err := p.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		code, err = p.give(tx, a, q, factor)
		return err
	})
	return outcome{client: q.client, leave: p.answer(q, url.Values{"code": {code}})}, err
}

// agree answers for the person who is signed in, after the page. yes = false tells the website that he does not want to. Faults as decide, and Forbidden of
// code fault.prove where he has to sign in anew and has not.
func (p *Provider) agree(ctx context.Context, a who.Actor, raw string, yes bool) (outcome, error) {
	if err := a.Must(who.Person); err != nil {
		return outcome{}, err
	}
	q, st, err := p.consider(ctx, a, raw)
	if no := (*refusal)(nil); errors.As(err, &no) {
		return p.sayNo(q, no), nil
	}
	switch {
	case err != nil:
		return outcome{}, err
	case !yes:
		return p.sayNo(q, &refusal{"access_denied", ""}), nil
	case st.prove:
		return outcome{}, fault.New(fault.Forbidden, "fault.prove")
	}
	if st.agree {
		err = p.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
			if _, err := tx.Exec(upsertConsent, a.Person, q.client.ID, strings.Join(q.in.Scopes, " "), tx.Now); err != nil {
				return err
			}
			return p.Events.Emit(tx, a, "", Allowed{a.Person, q.client.ID})
		})
		if err != nil {
			return outcome{}, err
		}
	}
	return p.code(ctx, a, q, st.factor)
}

// lead is a sealed address outside to which a page of ours leads on.
type lead struct {
	Client, Name, To string
	Session          string // that has ended, of a sign-out; '' = of a sign-in
	Until            int64  // Unix seconds
}

const (
	sealingLead = "openid lead"
	leadLife    = 2 * time.Minute
)

func (l lead) pack() string {
	return strings.Join([]string{l.Client, l.Name, l.To, l.Session, strconv.FormatInt(l.Until, 10)}, "\n")
}

func (p *Provider) seal(l lead) string {
	l.Until = p.Store.Clock.Now().Add(leadLife).Unix()
	return base64.RawURLEncoding.EncodeToString(p.Keys.Seal(sealingLead, []byte(l.pack())))
}

// unseal is NotFound for what was not sealed here, or a while ago.
func (p *Provider) unseal(text string) (l lead, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		b, err = p.Keys.Open(sealingLead, b)
	}
	parts := strings.Split(string(b), "\n")
	if err != nil || len(parts) != 5 {
		return l, fault.Missing()
	}
	l = lead{Client: parts[0], Name: parts[1], To: parts[2], Session: parts[3]}
	if l.Until, err = strconv.ParseInt(parts[4], 10, 64); err != nil || p.Store.Clock.Now().Unix() > l.Until {
		return l, fault.Missing()
	}
	return l, nil
}
