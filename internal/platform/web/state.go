package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/http"
)

// state is what one request carries through the layers, in its context.
type state struct {
	id     string // request id, in the log and in X-Request-Id
	nonce  string // of the content security policy
	remote string // client address without port
	after  []func(context.Context)
}

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	if st, ok := ctx.Value(stateKey{}).(*state); ok {
		return st
	}
	return &state{}
}

// RequestID is the id of the request in the log, "" outside one.
func RequestID(ctx context.Context) string { return stateOf(ctx).id }

// RemoteIP is the client's network address without port: the socket's, or the one that a trusted proxy names.
func RemoteIP(r *http.Request) string { return stateOf(r.Context()).remote }

// After runs f when the answer has left: what the reader need not wait for (session touch, access events). Its context
// outlives the request and carries its id. Outside a request f runs at once.
func After(ctx context.Context, f func(context.Context)) {
	st, ok := ctx.Value(stateKey{}).(*state)
	if !ok {
		f(ctx)
		return
	}
	st.after = append(st.after, f)
}

// key is a fresh idempotency key: 128 random bits.
func key() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func nonce() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Reference is what a person tells the desk about an error: "E-7K3MQ2XS".
func Reference() string {
	var b [8]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = crockford[b[i]%32]
	}
	return "E-" + string(b[:])
}
