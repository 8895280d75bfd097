package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lodge": main})
}

// TestScripts tells what one sees on a console: testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("DB", "sqlite:"+e.WorkDir+"/lodge.db")
			e.Setenv("KEY", e.WorkDir+"/lodge.key")
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			sample, err := filepath.Abs("../../internal/importer/testdata/sample")
			if err != nil {
				return err
			}
			e.Setenv("SAMPLE", sample)
			e.Setenv("TAKEN", l.Addr().String())
			e.Defer(func() { l.Close() })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exits N COMMAND…: the command ends with this status.
			"exits": func(ts *testscript.TestScript, neg bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				got := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					got = exit.ExitCode()
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if got != want {
					ts.Fatalf("status %d, want %d", got, want)
				}
			},
			// lines N FILE: the file (or stdout, stderr) has so many lines.
			"lines": func(ts *testscript.TestScript, neg bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				n := 0
				for _, c := range ts.ReadFile(args[1]) {
					if c == '\n' {
						n++
					}
				}
				if n != want {
					ts.Fatalf("%d lines, want %d:\n%s", n, want, ts.ReadFile(args[1]))
				}
			},
			// private FILE: nobody but the owner reads it.
			"private": func(ts *testscript.TestScript, neg bool, args []string) {
				info, err := os.Stat(ts.MkAbs(args[0]))
				ts.Check(err)
				if info.Mode().Perm() != 0o600 {
					ts.Fatalf("%s has mode %o", args[0], info.Mode().Perm())
				}
			},
		},
	})
}
