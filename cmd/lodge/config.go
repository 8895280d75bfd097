package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// fileResolver reads --config FILE (or LODGE_CONFIG) before the flags are parsed: a flat TOML file whose names are those
// of the flags. What the command line or the environment says wins. A name that no flag has is an error.
func fileResolver(args []string) kong.Resolver {
	path := os.Getenv("LODGE_CONFIG")
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			path = v
		} else if a == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	return &settings{path: path}
}

type settings struct {
	path   string
	read   bool
	values map[string]any
	err    error
}

// load reads the file once; the parser resolves before it validates.
func (s *settings) load() error {
	if s.path == "" || s.read {
		return s.err
	}
	s.read = true
	if _, err := toml.DecodeFile(s.path, &s.values); err != nil {
		s.err = fmt.Errorf("--config: %w", err)
	}
	return s.err
}

// Validate refuses what no flag has.
func (s *settings) Validate(app *kong.Application) error {
	if err := s.load(); err != nil {
		return err
	}
	known := names(app.Node)
	for name := range s.values {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--config: %s has the unknown setting %q", s.path, name)
		}
	}
	return nil
}

// names are those of a command's flags and of its commands': one file serves them all.
func names(n *kong.Node) (all []string) {
	for _, f := range n.Flags {
		all = append(all, f.Name)
	}
	for _, child := range n.Children {
		all = append(all, names(child)...)
	}
	return all
}

// Resolve gives the file's value of a flag.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	v, ok := s.values[flag.Name]
	if !ok {
		return nil, nil
	}
	return v, nil
}
