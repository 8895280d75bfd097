package account

import (
	"context"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Block is somebody's wish not to be invited.
type Block struct {
	Org    string // head of a family; '' = anybody
	Number int64
	Name   string
}

func blockKey(email string) string { return crypt.HashToken("block:" + email) }

// Decline ends an invitation for whoever has its secret, and blocks further ones to its address: of its organisation, or with all of anybody here. No letter goes there any
// more; the inviter's list says that it was not delivered. NotFound if the invitation does not hold.
func (s *Accounts) Decline(ctx context.Context, token string, all bool, v identity.Visit) (i Invitation, err error) {
	if i, _, err = s.Invitation(ctx, token); err != nil {
		return i, err
	}
	return i, s.Store.Write(ctx, store.Lock("org", i.Org).And(store.Lock("email", i.Email)), func(tx *store.Tx) error {
		if i, err = s.find(tx, token); err != nil {
			return err
		}
		org, err := Get(tx, i.Org)
		if err != nil {
			return err
		}
		if err := block(tx, i.Email, org.RootID); err != nil {
			return err
		}
		if all {
			if err := block(tx, i.Email, ""); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(endInvitations, i.Membership, tx.Now); err != nil {
			return err
		}
		if n, err := tx.Exec(updateState, i.Membership, Withdrawn, tx.Now, Invited); err != nil || n == 0 {
			return orMissing(err)
		}
		return s.Events.Emit(tx, who.Actor{Person: i.Person, From: v.Address, Source: who.Own}, i.Org, InvitationDeclined{i.Membership})
	})
}

func block(tx *store.Tx, email, org string) error {
	_, err := tx.Exec(insertBlock, blockKey(email), org, tx.Now)
	return err
}

// Blocks are the actor's own, that of anybody first.
func (s *Accounts) Blocks(ctx context.Context, a who.Actor) (all []Block, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = store.Query[Block](tx, selectBlocks, blockKey(a.Email))
		return err
	})
	return all, err
}

// BlockAll blocks invitations of anybody to the actor's own address.
func (s *Accounts) BlockAll(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("email", a.Email), func(tx *store.Tx) error { return block(tx, a.Email, "") })
}

// Allow ends one of the actor's own blocks: that of an organisation, or with "" that of anybody. NotFound if there is none.
func (s *Accounts) Allow(ctx context.Context, a who.Actor, org string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("email", a.Email), func(tx *store.Tx) error {
		n, err := tx.Exec(deleteBlock, blockKey(a.Email), org)
		if err == nil && n == 0 {
			err = fault.Missing()
		}
		return err
	})
}

// blocked says whether an address wants no invitation of an organisation: organisation, all, or nothing for one that may be invited. Its own organisation's block comes first, because
// that one knows of it.
func blocked(tx *store.Tx, email, root string) (string, error) {
	orgs, err := store.Query[string](tx, selectBlocking, blockKey(email), root)
	switch {
	case err != nil || len(orgs) == 0:
		return "", err
	case orgs[0] == "":
		return "all", nil
	}
	return "organisation", nil
}

const insertBlock = `INSERT INTO invitation_block (email_hash, org_id, made_at) VALUES ($1, $2, $3) ON CONFLICT (email_hash, org_id) DO NOTHING`

const deleteBlock = `DELETE FROM invitation_block WHERE email_hash = $1 AND org_id = $2`

const selectBlocking = `SELECT org_id FROM invitation_block WHERE email_hash = $1 AND org_id IN ('', $2) ORDER BY org_id DESC`

const selectBlocks = `
	SELECT b.org_id, COALESCE(o.number, 0), COALESCE(o.name, '')
	FROM invitation_block b
	LEFT JOIN organisation o ON o.id = b.org_id
	WHERE b.email_hash = $1
	ORDER BY b.org_id <> '', o.number
	LIMIT 500`

// InvitationDeclined tells that the recipient wants no invitation.
type InvitationDeclined struct{ Membership string }

func (InvitationDeclined) EventName() string { return "account.invitation_declined" }
func (e InvitationDeclined) Subject() string { return "membership:" + e.Membership }
