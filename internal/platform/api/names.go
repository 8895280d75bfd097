package api

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// names gives each type of the description a name of its own: packages need not know each other's.
type names struct {
	chapter string // of the operation that is being registered
	byType  map[reflect.Type]string
	taken   map[string]bool
}

// name is the type's own name without what Go needs of it, and with its chapter in front where another type has it already.
func (n *names) name(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if known, ok := n.byType[t]; ok {
		return known
	}
	name := huma.DefaultSchemaNamer(t, hint)
	for strings.HasSuffix(name, "BodyBody") {
		name = strings.TrimSuffix(name, "Body")
	}
	if n.taken[name] {
		name = strings.ReplaceAll(n.chapter, " ", "") + name
	}
	for whole, i := name, 2; n.taken[name]; i++ {
		name = whole + strconv.Itoa(i)
	}
	n.byType[t], n.taken[name] = name, true
	return name
}
