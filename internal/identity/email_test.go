package identity_test

import (
	"strings"
	"testing"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
)

// reads checks that all spellings come to one address.
func reads(t *testing.T, want identity.Email, spellings ...string) {
	t.Helper()
	for _, s := range spellings {
		if got, err := identity.ParseEmail(s); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", s, got, err, want)
		}
	}
}

// refuses checks that each is a 422 with the code, and gives no address.
func refuses(t *testing.T, code string, addresses ...string) {
	t.Helper()
	for _, s := range addresses {
		got, err := identity.ParseEmail(s)
		if !fault.Is(err, code) || fault.Status(err) != 422 || got != "" {
			t.Errorf("%q: got %q, %v, want %s", s, got, err, code)
		}
	}
}

// guard: identity.ParseEmail
func TestAttack_ID_01_no_lookalike_comes_to_a_stored_address(t *testing.T) {
	reads(t, "kim.isis@market.example", "kim.isis@market.example", "KIM.ISIS@MARKET.EXAMPLE")
	refuses(t, identity.EmailInvalid,
		"kım.isis@market.example",      // dotless ı
		"\u212aim.isis@market.example", // the Kelvin sign
		"kim.i\u017fis@market.example", // long ſ
		"ｋim.isis@market.example",      // full-width
		"kim.isis@\u017farket.example",
		"kim.isis@mar\u212aet.example",
		"kim.isis@ｍarket.example",
		"kim.isis@market。example",
		"kim.isis@market\u200b.example",
		"kim.isis@mar\u00adket.example",
		"kіm.isis@market.example", // Cyrillic і
	)
	refuses(t, identity.EmailLookalike,
		"kim.isis@mаrket.example",               // Cyrillic а
		"kim.isis@markεt.example",               // Greek ε
		"g.soeurette@xn--exmple-works-y9j.test", // the first, already encoded
	)
	// A capital İ folds to two characters, not to an i.
	if got, err := identity.ParseEmail("kim.isis@İzmir.example"); err != nil || got == "kim.isis@izmir.example" {
		t.Errorf("got %q, %v", got, err)
	}
	// What is not mixed is somebody's honest name.
	reads(t, "kim@xn--80ak6aa92e.example", "kim@аррӏе.example")
}

// guard: identity.ParseEmail
func TestAttack_ID_02_all_spellings_of_an_address_come_to_one(t *testing.T) {
	reads(t, "ann@example.com", "ann@example.com", "Ann@EXAMPLE.com", " ann@example.com ", "\tANN@example.COM\r\n", "\u00a0ann@example.com\u00a0")
	reads(t, "ewa@xn--w-systemy-46a38f3t.example", "ewa@żółw-systemy.example", "EWA@ŻÓŁW-Systemy.example", "ewa@xn--w-systemy-46a38f3t.example", "Ewa@XN--W-Systemy-46A38F3T.Example")
	reads(t, "ewa@xn--schne-strae-46a50a.example", "ewa@Schöne-Straße.example")
	// Dots and tags count: these are three people.
	for _, s := range []string{"an.n@example.com", "ann+portal@example.com"} {
		if got, err := identity.ParseEmail(s); err != nil || got == "ann@example.com" {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
}

// guard: identity.ParseEmail
func TestAttack_ID_03_what_is_no_address_is_refused(t *testing.T) {
	longest := strings.Repeat("l", 64) + "@" + strings.Repeat(strings.Repeat("d", 62)+".", 2)
	longest += strings.Repeat("e", 31) + "." + strings.Repeat("f", 254-len(longest)-32)
	reads(t, identity.Email(longest), longest)
	refuses(t, identity.EmailInvalid,
		longest+"e",
		strings.Repeat("x", 1<<20)+"@example.com",
		"evil@evil.test@example.com", "@evil.test@example.com", "ann", "ann@", "@example.com", "", "@",
		`"ann smith"@example.com`, `"ann"@example.com`, "ann(comment)@example.com", "<ann@example.com>", "mailto:ann@example.com",
		"ann@example.com.", "ann@.example.com", "ann@example..com", "ann@example", "ann@localhost", "ann@[192.0.2.1]",
		"ann\x00@example.com", "ann@exam\x00ple.com", "ann@example.com\r\nBcc: all@evil.test", "ann\n@example.com", "ann @example.com", "ann@exam ple.com", "a nn@example.com",
		".ann@example.com", "ann.@example.com", "an..n@example.com", "ann,bob@example.com", "ann;bob@example.com", "ann\\@example.com",
		"łucja@example.com", "anna.wójcik@example.com", "ann@under_score.example", "ann@-example.com", "ann@example-.com", "ann@exa%6dple.com",
		strings.Repeat("l", 65)+"@example.com", "ann@"+strings.Repeat("d", 64)+".com", "ann@"+strings.Repeat("ü", 60)+strings.Repeat("a", 60)+".com",
		"ann@\xff\xfe.com", "ann\xff@example.com",
	)
	reads(t, "o'neil+a.b!#$%&*/=?^_`{|}~-@a-1.example", "O'Neil+a.b!#$%&*/=?^_`{|}~-@a-1.example")
}

func TestParseEmail_holds_the_domain_to_IDNA_2008(t *testing.T) {
	reads(t, "a@xn--ll-0ea.example", "a@l·l.example")
	reads(t, "a@xn--wgv71a119e.example", "a@日本語.example")
	reads(t, "a@xn--4dby.example", "a@אל.example")
	refuses(t, identity.EmailInvalid,
		"a@☃.example", "a@♥-shop.example", "a@xn--n3h.example", // symbols: UTS 46 has them, IDNA 2008 has not
		"a@a·b.example",                 // a middle dot that is not between two l
		"a@\u0301abc.example",           // begins with a mark
		"a@a\u0301bc.example",           // not NFKC
		"a@ﬁrma.example",                // a ligature
		"a@b\u200dc.example",            // a joiner without a reason
		"a@ü--ü.example",                // hyphens where xn-- has them
		"a@-ü.example",                  // and at an end
		"a@1אל.example",                 // against the direction of writing
		"a@٠۰.example",                  // two kinds of Arabic digits
		"a@xn--.example",                // nothing encoded
		"a@xn--abc-.example",            // only ASCII encoded
		"a@xn--SCHNE-UXA\u00e4.example", // encoded, and not
		"a@xn--a-ecp.ru-.example",
		"a@xn--99999999.example",
	)
	// "Ü" encoded as it is: a second spelling of ü, in a form that no registry hands out.
	refuses(t, identity.EmailInvalid, "a@xn--wca.example")
	reads(t, "a@xn--tda.example", "a@ü.example", "a@xn--tda.example")
}

func TestEmail_shows_its_domain_in_its_own_letters(t *testing.T) {
	e, err := identity.ParseEmail("Ewa@ŻÓŁW.example")
	if err != nil {
		t.Fatal(err)
	}
	if e.Shown() != "ewa@żółw.example" || e.Domain() != "xn--w-uga1v8h.example" {
		t.Errorf("got %q and %q", e.Shown(), e.Domain())
	}
}

func TestNeedEmail_puts_the_refusal_at_the_field(t *testing.T) {
	var c fault.Check
	if e := identity.NeedEmail(&c, "email", "Ann@Example.com"); e != "ann@example.com" || c.Err() != nil {
		t.Errorf("got %q, %v", e, c.Err())
	}
	identity.NeedEmail(&c, "email", "ann@exаmple.com")
	if f := fault.Of(c.Err()); f == nil || f.At("email").Key != identity.EmailLookalike {
		t.Errorf("got %+v", f)
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"ann@example.com", "EWA@ŻÓŁW.example", "a@xn--tda.example", "a@אל.example", "a@l·l.example", "evil@evil.test@example.com", "a@mаrket.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := identity.ParseEmail(s)
		if err != nil {
			return
		}
		// What is stored reads as itself, and so does what is shown.
		for _, again := range []string{string(e), e.Shown()} {
			if back, err := identity.ParseEmail(again); err != nil || back != e {
				t.Errorf("%q became %q, and %q became %q, %v", s, e, again, back, err)
			}
		}
		for i := range len(e) {
			if e[i] <= ' ' || e[i] > '~' || e[i] >= 'A' && e[i] <= 'Z' {
				t.Fatalf("%q is stored as %q", s, e)
			}
		}
	})
}
