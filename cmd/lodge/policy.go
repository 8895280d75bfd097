package main

import (
	"context"
	"fmt"

	"lodge/internal/account"
	"lodge/internal/app"
)

type policyCmd struct {
	Factor string `help:"Who must have a second factor: staff, or administrators: also everybody who can change others' rights." enum:",staff,administrators" default:"" placeholder:"WHO"`
}

// Run prints the policy that is in force then.
func (c policyCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		if err := a.Initialised(ctx); err != nil {
			return err
		}
		now, err := a.FactorPolicy(ctx, account.FactorPolicy(c.Factor))
		if err != nil {
			return a.Said(err)
		}
		fmt.Fprintln(out.out, "second factor:", now)
		return nil
	})
}
