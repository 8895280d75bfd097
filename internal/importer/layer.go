package importer

import (
	"encoding/json"
	"maps"

	"lodge/internal/platform/store"
)

// layer is a map over another one, which it does not change until it is merged into it. The lowest one may keep what is
// merged into it on disk.
type layer[K comparable, V any] struct {
	own   map[K]V
	under *layer[K, V]
	disk  *store.Scratch
	name  string // of the map on the disk
}

// onDisk gives the lowest layer of a map whose size is nobody's concern; without a disk it is in memory.
func onDisk[K comparable, V any](disk *store.Scratch, name string) *layer[K, V] {
	return &layer[K, V]{disk: disk, name: name + "/"}
}

func (l *layer[K, V]) get(k K) (v V, ok bool) {
	for ; l != nil; l = l.under {
		if v, ok = l.own[k]; ok {
			return v, true
		}
		if l.disk != nil {
			if b, kept := l.disk.Get(l.key(k)); kept {
				return v, json.Unmarshal(b, &v) == nil // written by flush: cannot fail
			}
		}
	}
	return v, false
}

func (l *layer[K, V]) key(k K) string {
	if text, ok := any(k).(string); ok {
		return l.name + text
	}
	b, _ := json.Marshal(k) // texts and numbers: cannot fail
	return l.name + string(b)
}

func (l *layer[K, V]) set(k K, v V) {
	if l.own == nil {
		l.own = map[K]V{}
	}
	l.own[k] = v
}

// learn sets what is not known yet: what the run has decided since outweighs what the database says.
func (l *layer[K, V]) learn(k K, v V) {
	if _, ok := l.get(k); !ok {
		l.set(k, v)
	}
}

func (l *layer[K, V]) merge() {
	if l.under.own == nil {
		l.under.own = l.own
	} else {
		maps.Copy(l.under.own, l.own)
	}
	l.under.flush()
}

// flush takes what the layer holds to the disk, if it has one.
func (l *layer[K, V]) flush() {
	if l.disk == nil || len(l.own) == 0 {
		return
	}
	all := make([]store.Pair, 0, len(l.own))
	for k, v := range l.own {
		b, err := json.Marshal(v)
		if err != nil {
			panic("importer: " + l.name + " cannot be kept: " + err.Error()) // a mistake of the program: all of them are plain
		}
		all = append(all, store.Pair{Key: l.key(k), Value: b})
	}
	l.disk.Set(all...)
	l.own = nil
}
