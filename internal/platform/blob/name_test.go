package blob

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestAttack_FILE_02_file_names_are_cleaned(t *testing.T) {
	for name, want := range map[string]string{
		"daemon.log": "daemon.log", "../../etc/passwd": "passwd", `C:\Users\x\a.txt`: "a.txt", "": "file", "..": "file", "/": "file", ".htaccess": "htaccess", "-rf": "rf", "CON": "CON_",
		"con.txt": "con_.txt", "a\r\nb": "ab", "a\x00b": "ab", "cod\u202egnp.exe": "codgnp.exe", "a\u2028b": "ab", "  a  b .txt ": "a b .txt", `a"b<c>.txt`: "a_b_c_.txt", "a\xffb": "a_b",
		"zażółć.log": "zażółć.log", "trailing...": "trailing", "lpt1.": "lpt1_",
	} {
		if got := CleanName(name); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
	long := CleanName(strings.Repeat("ż", 4000) + ".log")
	if utf8.RuneCountInString(long) != 200 || !strings.HasSuffix(long, ".log") {
		t.Errorf("%d characters, ends %q", utf8.RuneCountInString(long), long[len(long)-8:])
	}
	if long := CleanName("a." + strings.Repeat("b", 4000)); utf8.RuneCountInString(long) > 200 {
		t.Errorf("%d characters", utf8.RuneCountInString(long))
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"", "a.txt", "\u202e.", "...", ". .x", "CON.", strings.Repeat(".", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := CleanName(s)
		if n == "" || !utf8.ValidString(n) || utf8.RuneCountInString(n) > 200 || strings.ContainsAny(n, `/\"`) || n[0] == '.' || n[0] == '-' || strings.ContainsFunc(n, unicode.IsControl) {
			t.Errorf("%q gives %q", s, n)
		}
	})
}
