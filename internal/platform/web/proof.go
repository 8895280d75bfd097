package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// Prover asks people to show once more who they are, for what a session alone must not do.
type Prover interface {
	// ProofField is what the actor has to type: of the name ProofName.
	ProofField(ctx context.Context, a who.Actor) (Field, error)
	// Prove takes it. Invalid for what is wrong.
	Prove(ctx context.Context, a who.Actor, typed string) error
	// ProofOptions is what the actor's browser needs to show a passkey instead, "" where there is none; ProveByPasskey takes its answer.
	ProofOptions(ctx context.Context, a who.Actor) (string, error)
	ProveByPasskey(ctx context.Context, a who.Actor, answer string) error
}

// Names of the fields in which it comes.
const (
	ProofName   = "_prove"
	passkeyName = "_passkey"
)

// unproven is a form whose proof was wrong.
type unproven struct{ no *fault.Error }

func (e *unproven) Error() string { return e.no.Error() }
func (e *unproven) Unwrap() error { return e.no }

// prove takes the proof that a form brings, if it was asked for one.
func (s *Site) prove(r *http.Request, a *who.Actor) error {
	byPasskey := r.PostForm.Has(passkeyName)
	if s.Prover == nil || !byPasskey && !r.PostForm.Has(ProofName) {
		return nil
	}
	var err error
	if byPasskey {
		err = s.Prover.ProveByPasskey(r.Context(), *a, r.PostForm.Get(passkeyName))
	} else {
		err = s.Prover.Prove(r.Context(), *a, r.PostForm.Get(ProofName))
	}
	if no, again := Refused(err); again {
		if len(no.Fields) == 0 {
			no.Fields = []fault.Field{{Text: no.Text}}
		}
		for i := range no.Fields {
			no.Fields[i].Name = ProofName
		}
		return &unproven{no}
	}
	if err == nil {
		a.Proved = s.Clock.Now()
	}
	return err
}

// proofAsked is the form that asks for a proof, and sends what was refused once more.
type proofAsked struct {
	Action string
	Hidden []Pair
	Field  Field

	Passkey string // what a browser needs to show one instead
}

// askProof makes it of a refusal that a proof helps; nil of any other.
func (s *Site) askProof(r *http.Request, a who.Actor, err error) (*proofAsked, error) {
	var wrong *unproven
	if s.Prover == nil || !errors.As(err, &wrong) && !fault.Is(err, "fault.prove") {
		return nil, nil
	}
	p := &proofAsked{Action: OwnPath(r.URL.RequestURI())}
	for _, name := range inOrder(r.PostForm) {
		if strings.HasPrefix(name, "_") || secret(name) {
			continue
		}
		for _, v := range r.PostForm[name] {
			p.Hidden = append(p.Hidden, Pair{name, v})
		}
	}
	var broken error
	if p.Field, broken = s.Prover.ProofField(r.Context(), a); broken != nil {
		return nil, broken
	}
	if p.Passkey, broken = s.Prover.ProofOptions(r.Context(), a); broken != nil {
		return nil, broken
	}
	p.Field.Name, p.Field.ID = ProofName, "prove"
	if wrong != nil {
		p.Field = p.Field.With(wrong.no)
	}
	return p, nil
}
