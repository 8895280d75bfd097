package openid

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

const (
	keyBits    = 2048
	keyAge     = 90 * 24 * time.Hour // then another one signs
	keyLinger  = idTokenLife + time.Hour
	sealingKey = "openid key"
)

// signer is the private half of the key that signs now.
type signer struct {
	kid string
	key *rsa.PrivateKey
}

func (s signer) ID() string                                  { return s.kid }
func (s signer) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (s signer) Key() any                                    { return s.key }

// published is a public half.
type published struct {
	kid string
	key any
}

func (k published) ID() string                         { return k.kid }
func (k published) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k published) Use() string                        { return "sig" }
func (k published) Key() any                           { return k.key }

type storedKey struct {
	ID, Sealed string
	CreatedAt  time.Time
}

// signing gives the key that signs, and makes the first one.
func (p *Provider) signing(ctx context.Context) (s signer, err error) {
	var row storedKey
	var ok bool
	find := func() error {
		return p.Store.Read(ctx, func(tx *store.Tx) (err error) {
			row, ok, err = store.Maybe[storedKey](tx, selectSigning)
			return err
		})
	}
	if err := find(); err != nil {
		return s, err
	}
	if !ok {
		if err := p.replaceKey(ctx, who.Program("", nil)); err != nil {
			return s, err
		}
		if err := find(); err != nil {
			return s, err
		}
	}
	return p.open(row)
}

func (p *Provider) open(row storedKey) (s signer, err error) {
	sealed, err := base64.StdEncoding.DecodeString(row.Sealed)
	if err == nil {
		sealed, err = p.Keys.Open(sealingKey, sealed)
	}
	if err != nil {
		return s, fmt.Errorf("open signing key %s: %w", row.ID, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(sealed)
	if err != nil {
		return s, errors.New("signing key " + row.ID + " cannot be read") // the error may hold some of it
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return s, fmt.Errorf("signing key %s is no RSA key", row.ID)
	}
	return signer{row.ID, private}, nil
}

// published are the public halves of the key that signs and of those whose last token may still be good.
func (p *Provider) published(ctx context.Context) (all []published, err error) {
	err = p.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := store.Query[struct{ ID, Public string }](tx, selectPublished, tx.Now)
		if err != nil {
			return err
		}
		for _, r := range rows {
			der, err := base64.StdEncoding.DecodeString(r.Public)
			if err != nil {
				return err
			}
			key, err := x509.ParsePKIXPublicKey(der)
			if err != nil {
				return fmt.Errorf("public key %s: %w", r.ID, err)
			}
			all = append(all, published{r.ID, key})
		}
		return nil
	})
	return all, err
}

// SigningKey is what people see of the key that signs.
type SigningKey struct {
	ID        string
	CreatedAt time.Time
}

// Key tells which key signs; ok is false before the first token. The actor needs Manage and works at the vendor's number.
func (p *Provider) Key(ctx context.Context, a who.Actor) (k SigningKey, ok bool, err error) {
	if err := own(a); err != nil {
		return k, false, err
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) error {
		row, found, err := store.Maybe[storedKey](tx, selectSigning)
		k, ok = SigningKey{row.ID, row.CreatedAt}, found
		return err
	})
	return k, ok, err
}

// ChangeKey has another key sign from now on. The private half of the old one is forgotten at once; its public half stays published until the last
// token that it signed has expired. The actor needs Manage, works at the vendor's number and has proved lately who he is.
func (p *Provider) ChangeKey(ctx context.Context, a who.Actor) error {
	if err := p.may(a); err != nil {
		return err
	}
	return p.replaceKey(ctx, a)
}

// changeOldKey does the same for a key that has signed long enough.
func (p *Provider) changeOldKey(ctx context.Context) error {
	old := false
	err := p.Store.Read(ctx, func(tx *store.Tx) error {
		row, ok, err := store.Maybe[storedKey](tx, selectSigning)
		old = ok && tx.Now.Sub(row.CreatedAt) > keyAge
		return err
	})
	if err != nil || !old {
		return err
	}
	return p.replaceKey(ctx, who.Program("", nil))
}

// replaceKey makes a key and puts it in place of the one that signs. The program itself leaves a young one, which another node has made meanwhile.
func (p *Provider) replaceKey(ctx context.Context, a who.Actor) error {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	return p.Store.Write(ctx, store.Lock("openid-key", ""), func(tx *store.Tx) error {
		now, ok, err := store.Maybe[storedKey](tx, selectSigning)
		if err != nil || ok && a.Source == who.System && tx.Now.Sub(now.CreatedAt) <= keyAge {
			return err
		}
		if _, err := tx.Exec(retireKeys, tx.Now, tx.Now.Add(keyLinger)); err != nil {
			return err
		}
		id := tx.NewID()
		if _, err := tx.Exec(insertKey, id, base64.StdEncoding.EncodeToString(public), base64.StdEncoding.EncodeToString(p.Keys.Seal(sealingKey, private)), tx.Now); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, a.Org, KeyChanged{id})
	})
}

// Reseal is the step that seals the signing key again when the key file was changed, see store.Reseal.
func (p *Provider) Reseal(tx *store.Tx, after string, limit int) (last string, changed int, err error) {
	return store.Reseal(tx, p.Keys, sealingKey, listSealed, updateSealed, after, limit)
}
