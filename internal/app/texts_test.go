package app

import (
	"os"
	"testing"

	"lodge/internal/platform/lang"
)

func TestEveryTextThatTheProgramSaysStandsInEveryLanguage(t *testing.T) {
	c, err := lang.New(texts()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range c.Check(os.DirFS("../..")) {
		t.Error(wrong)
	}
}
