package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
)

// profiled runs f and, where profiles are asked for, writes where its time went.
func (b *bench) profiled(name string, f func() error) error {
	if b.profile == "" {
		return f()
	}
	out, err := os.Create(filepath.Join(b.profile, strings.ReplaceAll(name, " ", "-")+".pprof"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return errors.Join(err, out.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, out.Close())
}
