package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"lodge/internal/platform/fault"
	oncekey "lodge/internal/platform/once"
)

const (
	keyHeader = "Idempotency-Key"
	maxKey    = 255 // bytes
)

// takeKey reads the header. The actor gets a key that belongs to this token and this address alone.
func (c *call) takeKey() error {
	all := c.r.Header.Values(keyHeader)
	if c.r.Method != "POST" || len(all) == 0 {
		return nil
	}
	key := all[0]
	if len(all) > 1 || key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fault.New(fault.BadRequest, "api.key_unreadable", "max", maxKey)
	}
	c.key = key
	c.Actor.Key = sum(c.Token + "\n" + c.route() + "\n" + key)
	return nil
}

func (c *call) route() string { return c.r.Method + " " + c.r.URL.Path }

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func (c *call) stored() oncekey.Call {
	return oncekey.Call{Caller: c.Token, Key: c.Actor.Key, Body: sum(string(c.body))}
}

// begin says that a call with a key is running, or gives the answer that it had. Conflict while it is running elsewhere.
func (c *call) begin(ctx context.Context) (answer string, err error) {
	if err := c.takeKey(); err != nil || c.key == "" {
		return "", err
	}
	return c.stored().Begin(ctx, c.api.Store)
}

// keep stores the answer of a call with a key. The call has happened: if this fails, the use case's own key finds it.
func (c *call) keep(ctx context.Context, answer string) {
	if c.key == "" {
		return
	}
	if err := c.stored().End(context.WithoutCancel(ctx), c.api.Store, answer); err != nil {
		c.api.log(c.r).WarnContext(ctx, "answer not kept", "error", err)
	}
}

// forget frees the key of a call that was refused: nothing has happened.
func (c *call) forget(ctx context.Context, err error) error {
	if c.key != "" {
		if freeErr := c.stored().Forget(context.WithoutCancel(ctx), c.api.Store); freeErr != nil {
			c.api.log(c.r).WarnContext(ctx, "key not freed", "error", freeErr)
		}
	}
	return err
}
