package importer

import "maps"

// layer is a map over another one, which it does not change until it is merged into it.
type layer[K comparable, V any] struct {
	own   map[K]V
	under *layer[K, V]
}

func (l *layer[K, V]) get(k K) (v V, ok bool) {
	for ; l != nil; l = l.under {
		if v, ok = l.own[k]; ok {
			return v, true
		}
	}
	return v, false
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
		return
	}
	maps.Copy(l.under.own, l.own)
}
