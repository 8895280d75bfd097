package importer

import (
	"fmt"
	"io"
)

// progress is one line on a terminal that is written over again and again; elsewhere it is silent.
type progress struct {
	out  io.Writer
	on   bool
	text func(key string, args ...any) string
	also func(file string, done, of int64) // or nil

	shown bool
}

// wipe goes back to the beginning of the line and empties it.
const wipe = "\r\x1b[K"

func (p *progress) show(key string, args ...any) {
	if p.on {
		fmt.Fprint(p.out, wipe+p.text(key, args...))
		p.shown = true
	}
}

func (p *progress) rows(file string, done, of int64) {
	p.show("importer.progress", "file", file, "done", int(done), "of", int(of))
	if p.also != nil {
		p.also(file, done, of)
	}
}

func (p *progress) wraps(done, of int) {
	p.show("importer.wrapping", "done", done, "of", of)
}

// end makes room for what is to stay.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.out, wipe)
		p.shown = false
	}
}
