package blob

import (
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/lang"
)

// maxName is how many characters of a file's name are kept.
const maxName = 200

// reserved are names that mean a device where somebody may save the file.
var reserved = map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "COM1": true, "COM2": true, "COM3": true, "COM4": true, "COM5": true,
	"COM6": true, "COM7": true, "COM8": true, "COM9": true, "LPT1": true, "LPT2": true, "LPT3": true, "LPT4": true, "LPT5": true, "LPT6": true, "LPT7": true, "LPT8": true, "LPT9": true}

// CleanName is a file's name as it is shown and offered for saving: its last part, one line of printable characters
// without any that turn the direction of writing, no dot, dash or space at the beginning, at most 200 characters with
// its ending kept. What is left of nothing is "file".
func CleanName(name string) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/")
	name = norm.NFC.String(name[strings.LastIndex(name, "/")+1:])
	name = strings.Map(func(r rune) rune {
		switch {
		case lang.Unprintable(r):
			return -1
		case strings.ContainsRune(`"<>|:*?`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimLeft(strings.Join(strings.Fields(name), " "), ".- ~"), ". ")
	if name == "" {
		return "file"
	}
	ending := path.Ext(name)
	stem := strings.TrimSuffix(name, ending)
	if reserved[strings.ToUpper(stem)] {
		stem += "_"
	}
	if e := []rune(ending); len(e) > 20 {
		ending = string(e[:20])
	}
	if s, room := []rune(stem), maxName-len([]rune(ending)); len(s) > room {
		stem = string(s[:room])
	}
	return stem + ending
}
