package web

import (
	"net/http"
	"time"
)

// Keys says which single keys act on the pages (WCAG 2.1.4). It is kept in the browser and not with the person: what gets in
// the way is speech input or a keyboard, which belong to the device.
type Keys string

const (
	KeysOn   Keys = "on"
	KeysRows Keys = "rows" // also j and k
	KeysOff  Keys = "off"
)

// Keys is what was chosen in this browser; what nobody chose here is on.
func (s *Site) Keys(r *http.Request) Keys {
	c, err := r.Cookie(s.cookieName("lodge-keys"))
	if err != nil {
		return KeysOn
	}
	switch k := Keys(c.Value); k {
	case KeysRows, KeysOff:
		return k
	}
	return KeysOn
}

// SetKeys remembers a choice. What is none of the three is on.
func (s *Site) SetKeys(w http.ResponseWriter, k Keys) {
	if k == KeysRows || k == KeysOff {
		http.SetCookie(w, s.cookie("lodge-keys", string(k), 365*24*time.Hour))
		return
	}
	http.SetCookie(w, s.cookie("lodge-keys", "", -1))
}

// Shortcut is a line in the list of keys: pressed together or one after the other.
type Shortcut struct {
	Keys []string
	Does Text
}

// Shortcuts are the keys that act where there is a search or not, with these entries of the navigation.
func Shortcuts(k Keys, search bool, nav []Group) (all []Shortcut) {
	if search {
		all = append(all, Shortcut{[]string{"/"}, Say("web.search")})
	}
	for _, g := range nav {
		for _, item := range g.Items {
			if item.Key != "" {
				all = append(all, Shortcut{[]string{"g", item.Key}, item.Label})
			}
		}
	}
	if k == KeysRows {
		all = append(all, Shortcut{[]string{"j", "k"}, Say("web.keys_rows")}, Shortcut{[]string{"Enter"}, Say("web.keys_open")})
	}
	return append(all, Shortcut{[]string{"?"}, Say("web.keys_list")}, Shortcut{[]string{"Esc"}, Say("web.keys_escape")})
}

// Shortcuts are those of this page.
func (f Frame) Shortcuts() []Shortcut { return Shortcuts(f.Keys, f.Search != nil, f.Nav) }
