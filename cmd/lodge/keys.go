package main

import (
	"context"
	"fmt"

	"lodge/internal/app"
)

type keysCmd struct {
	Rotate rotateCmd `cmd:"" help:"Change the key that seals secrets in the database, while the portal runs."`
}

type rotateCmd struct {
	Prepare bool `help:"Only put the new key into the key file. With several machines: copy the file to all of them, then run without this."`
}

func (c rotateCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		if c.Prepare {
			if err := a.PrepareKeys(); err != nil {
				return err
			}
			fmt.Fprintf(out.out, "%s seals from now on, the key before it still opens. Copy the key file to every node, then run lodge keys rotate.\n", a.Keys)
			return nil
		}
		kept, err := a.RotateKeys(ctx, func(n int) { fmt.Fprintf(out.err, "%d secrets sealed again\n", n) })
		if err != nil {
			return err
		}
		fmt.Fprintf(out.out, "%s is the only key. Back the key file up.\n", a.Keys)
		for _, name := range kept {
			fmt.Fprintf(out.out, "Backups made before today open with %s: keep it as long as you keep them.\n", name)
		}
		return nil
	})
}
