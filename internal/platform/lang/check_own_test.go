package lang

import (
	"os"
	"strings"
	"testing"
)

func TestThePlatformsOwnTextsAreWholeInAllLanguages(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range c.Check(os.DirFS("..")) {
		if strings.Contains(wrong, "is used in") && !strings.HasPrefix(wrong, "web.") && !strings.HasPrefix(wrong, "fault.") && !strings.HasPrefix(wrong, "lang.") {
			continue // a key of a package above the platform
		}
		if strings.HasPrefix(wrong, "fault.") && strings.HasSuffix(wrong, "used nowhere") {
			continue // said by whoever is busy or limits: packages beside this one
		}
		t.Error(wrong)
	}
}
