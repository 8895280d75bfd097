package store

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
)

// nesting finds a Write inside a Write, which hangs on SQLite and is a second transaction on PostgreSQL, by the
// goroutine that is already in one. Tests only: a goroutine has no name but in its stack trace.
type nesting struct{ in sync.Map }

func (n *nesting) enter() (leave func(), err error) {
	var b [64]byte
	id := string(bytes.Fields(b[:runtime.Stack(b[:], false)])[1])
	if _, already := n.in.LoadOrStore(id, true); already {
		return nil, errors.New("store: a Write inside a Write: export the step and call it with the transaction")
	}
	return func() { n.in.Delete(id) }, nil
}
