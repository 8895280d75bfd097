package main

import (
	"context"
	"fmt"

	"lodge/internal/app"
	"lodge/internal/token"
)

type tokenCmd struct {
	Number int64    `arg:"" help:"Number of the organisation that owns the token."`
	Scope  []string `required:"" help:"What it is for; may be given several times, or separated by commas. all: whatever the organisation may have." placeholder:"SCOPE"`
	Name   string   `help:"What uses it." default:"Console"`
	Days   int      `help:"Days until it expires, 366 at most." default:"365"`
}

// Run prints the token alone on standard output, so that a script can take it.
func (c tokenCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		if err := a.Initialised(ctx); err != nil {
			return err
		}
		in := token.New{Name: c.Name, Scopes: c.Scope, Days: c.Days}
		if len(c.Scope) == 1 && c.Scope[0] == "all" {
			in.Scopes = nil
		}
		text, err := a.TokenFromConsole(ctx, c.Number, in)
		if err != nil {
			return a.Said(err)
		}
		fmt.Fprintln(out.out, text)
		fmt.Fprintln(out.err, "This is the only time that the token is shown.")
		return nil
	})
}
