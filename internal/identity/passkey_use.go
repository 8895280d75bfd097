package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// What a challenge is made for. An answer to one is worth nothing at another's door.
const toSignIn = "sign-in"

func toAdd(a who.Actor) string       { return "add:" + a.Session }
func toProve(a who.Actor) string     { return "prove:" + a.Session }
func toFinish(session string) string { return "factor:" + session }

func sealingChallenge(to string) string { return "passkey " + to }

const (
	challengeSize = 8 + 16 // its end, and what nobody can guess
	challengeTime = time.Hour
)

// relyingParty is the portal as authenticators know it: by the name of its host. Nil where that is a number, for which browsers make no passkeys.
func (s *Identities) relyingParty() *webauthn.WebAuthn {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil
	}
	host := base.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		if !ip.IsLoopback() {
			return nil
		}
		host = "localhost" // which is the same portal under a name
	}
	rp, err := webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: host, RPOrigins: []string{base.Scheme + "://" + strings.Replace(base.Host, base.Hostname(), host, 1)},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired},
		// Password managers send along what nobody asked for.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore})
	if err != nil {
		return nil
	}
	return rp
}

// challenge makes one that holds for challengeTime. It rests nowhere: it says itself until when it holds and what it is for.
func (s *Identities) challenge(to string, now time.Time) []byte {
	c := binary.BigEndian.AppendUint64(nil, uint64(now.Add(challengeTime).Unix()))
	c = append(c, make([]byte, 16)...)
	rand.Read(c[8:])
	return append(c, s.Keys.MAC(sealingChallenge(to), c)...)
}

// useChallenge takes a challenge that holds for the first who comes with it. Invalid otherwise.
func (s *Identities) useChallenge(tx *store.Tx, to, challenge string) error {
	c, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(c) <= challengeSize {
		return refusedPasskey()
	}
	start, mac := c[:challengeSize], c[challengeSize:]
	if !s.Keys.SameMAC(sealingChallenge(to), start, mac) {
		return refusedPasskey()
	}
	if until := time.Unix(int64(binary.BigEndian.Uint64(start)), 0); tx.Now.After(until) {
		return fault.New(fault.Invalid, "identity.passkey_late")
	}
	n, err := tx.Exec(insertChallenge, crypt.HashToken(challenge), tx.Now)
	if err == nil && n == 0 {
		err = refusedPasskey()
	}
	return err
}

// SignInOptions is what a browser needs to sign somebody in by a passkey, whoever it is: PublicKeyCredentialRequestOptions as JSON. "" where there are none.
func (s *Identities) SignInOptions() (string, error) {
	rp := s.relyingParty()
	if rp == nil {
		return "", nil
	}
	asked, _, err := rp.BeginDiscoverableLogin(s.asking(toSignIn, s.Store.Clock.Now()))
	if err != nil {
		return "", err
	}
	return asJSON(asked.Response)
}

func (s *Identities) asking(to string, now time.Time) webauthn.LoginOption {
	return func(o *protocol.PublicKeyCredentialRequestOptions) error {
		o.Challenge = s.challenge(to, now)
		return nil
	}
}

// ownOptions is what a browser needs to show one of this person's passkeys. "" if there are none.
func (s *Identities) ownOptions(ctx context.Context, person, to string) (options string, err error) {
	rp := s.relyingParty()
	if rp == nil {
		return "", nil
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		k, err := holder(tx, person)
		if err != nil || len(k.credentials) == 0 {
			return err
		}
		asked, _, err := rp.BeginLogin(k, s.asking(to, tx.Now))
		if err != nil {
			return err
		}
		options, err = asJSON(asked.Response)
		return err
	})
	return options, err
}

// shown is an authenticator's answer, and whose passkey it says it is.
type shown struct {
	*protocol.ParsedCredentialAssertionData
	owner, id string
}

// readAnswer reads an AuthenticationResponseJSON and finds the owner of the passkey; nothing is checked yet. Invalid for what cannot be read or is unknown.
func (s *Identities) readAnswer(ctx context.Context, answer string) (a shown, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return shown{}, refusedPasskey()
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		row, ok, err := store.Maybe[struct{ ID, Person string }](tx, selectPasskey, idOf(parsed.RawID))
		if err == nil && !ok {
			err = refusedPasskey()
		}
		a = shown{parsed, row.Person, row.ID}
		return err
	})
	return a, err
}

// accept checks an answer to a challenge that was made for this, uses the challenge up and keeps how often the passkey was used. The caller holds the key of the owner.
func (s *Identities) accept(tx *store.Tx, from who.Actor, to string, a shown) (Person, error) {
	rp := s.relyingParty()
	if rp == nil {
		return Person{}, refusedPasskey()
	}
	k, err := holder(tx, a.owner)
	if err != nil {
		return Person{}, err
	}
	if k.State == Disabled {
		return Person{}, refusedPasskey()
	}
	challenge := a.Response.CollectedClientData.Challenge
	if err := s.useChallenge(tx, to, challenge); err != nil {
		return Person{}, err
	}
	session := webauthn.SessionData{Challenge: challenge, RelyingPartyID: rp.Config.RPID, UserID: k.WebAuthnID(), UserVerification: protocol.VerificationRequired}
	if h := a.Response.UserHandle; len(h) > 0 && !bytes.Equal(h, k.WebAuthnID()) {
		return Person{}, refusedPasskey()
	}
	used, err := rp.ValidateLogin(k, session, a.ParsedCredentialAssertionData)
	if err != nil {
		return Person{}, judged(err)
	}
	copied := used.Authenticator.CloneWarning
	used.Authenticator.CloneWarning = false
	record, err := asJSON(used)
	if err != nil {
		return Person{}, err
	}
	if _, err := tx.Exec(updatePasskey, a.id, record, used.Flags.BackupState, copied, tx.Now); err != nil || !copied {
		return k.Person, err
	}
	if err := s.tell(tx, k.Person, "passkey_doubtful"); err != nil {
		return Person{}, err
	}
	from.Person = k.ID
	return k.Person, s.Events.Emit(tx, from, "", PasskeyDoubtful{k.ID, a.id})
}

// SignInByPasskey starts the session of whoever has the passkey: it is complete, because the authenticator has asked for a finger, a face or a PIN.
// Anybody may. Every failure is the same Invalid; only a challenge that is too old says so.
func (s *Identities) SignInByPasskey(ctx context.Context, answer string, v Visit) (out Started, err error) {
	a, err := s.readAnswer(ctx, answer)
	if err != nil {
		return Started{}, err
	}
	err = s.Store.Write(ctx, store.Lock("person", a.owner), func(tx *store.Tx) error {
		p, err := s.accept(tx, who.Actor{From: v.Address, Source: who.Own}, toSignIn, a)
		if err != nil {
			return err
		}
		out, err = s.strong(tx, p.ID, v)
		return err
	})
	return out, err
}

// strong starts the complete session of somebody who has shown all that can be asked for.
func (s *Identities) strong(tx *store.Tx, person string, v Visit) (Started, error) {
	staff, err := s.Staff(tx, person)
	if err != nil {
		return Started{}, err
	}
	id, token, err := s.start(tx, person, StepDone, staff, v)
	if err != nil {
		return Started{}, err
	}
	if _, err := tx.Exec(updateFactorAt, id, tx.Now); err != nil {
		return Started{}, err
	}
	return Started{Token: token}, s.complete(tx, person, id, v)
}

// FactorOptions is what a browser needs to show a passkey as the second factor of a half session. "" if the person has none.
func (s *Identities) FactorOptions(ctx context.Context, h Half) (string, error) {
	return s.ownOptions(ctx, h.Person, toFinish(h.Session))
}

// PasskeyFactor takes a passkey as the second factor of a half session. Whoever has the session may. Invalid as SignInByPasskey.
func (s *Identities) PasskeyFactor(ctx context.Context, token, answer string, v Visit) (Started, error) {
	a, err := s.readAnswer(ctx, answer)
	if err != nil {
		return Started{}, err
	}
	return s.second(ctx, token, StepTOTP, v, func(tx *store.Tx, h Half) ([]string, error) {
		if a.owner != h.Person {
			return nil, refusedPasskey()
		}
		_, err := s.accept(tx, who.Actor{Session: h.Session, From: v.Address, Source: who.Own}, toFinish(h.Session), a)
		return nil, err
	})
}

// ProofOptions is what a browser needs to show a passkey where the actor has to prove who he is once more. "" if he has none.
func (s *Identities) ProofOptions(ctx context.Context, a who.Actor) (string, error) {
	if err := a.Must(who.Person); err != nil {
		return "", err
	}
	return s.ownOptions(ctx, a.Person, toProve(a))
}

// ProveByPasskey is Prove with a passkey. Invalid as SignInByPasskey.
func (s *Identities) ProveByPasskey(ctx context.Context, a who.Actor, answer string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	shown, err := s.readAnswer(ctx, answer)
	if err != nil {
		return err
	}
	if shown.owner != a.Person {
		return refusedPasskey()
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		if _, err := s.accept(tx, a, toProve(a), shown); err != nil {
			return err
		}
		_, err := tx.Exec(updateProvedAt, a.Session, tx.Now)
		return err
	})
}
