package totp_test

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/crypt/totp"
)

// The secret of RFC 6238, appendix B, "12345678901234567890".
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestCode_agrees_with_RFC_6238(t *testing.T) {
	// The RFC gives eight digits; six are their end.
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		got, err := totp.Code(rfcSecret, totp.Step(time.Unix(at, 0)))
		if err != nil || got != want[2:] {
			t.Errorf("%d: got %s, %v, want %s", at, got, err, want[2:])
		}
	}
}

func TestCode_agrees_with_oathtool(t *testing.T) {
	tool, err := exec.LookPath("oathtool")
	if err != nil {
		t.Skip("oathtool is not installed")
	}
	for i := range 5 {
		secret, at := totp.NewSecret(), int64(1700000000+i*12345)
		want, err := exec.Command(tool, "--totp", "-b", "--now", fmt.Sprintf("@%d", at), secret).Output()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := totp.Check(secret, strings.TrimSpace(string(want)), time.Unix(at, 0), 0); !ok {
			t.Errorf("%s at %d: %s is refused", secret, at, want)
		}
	}
}

func TestCheck_takes_a_step_to_either_side_and_each_step_once(t *testing.T) {
	at := time.Unix(1800000015, 0)
	now := totp.Step(at)
	code := func(step int64) string {
		c, err := totp.Code(rfcSecret, step)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, c := range []struct {
		name     string
		code     string
		lastStep int64
		want     int64
	}{
		{"now", code(now), 0, now},
		{"one_before", code(now - 1), 0, now - 1},
		{"one_after", code(now + 1), 0, now + 1},
		{"with_the_blank_of_the_app", code(now)[:3] + " " + code(now)[3:], 0, now},
		{"two_before", code(now - 2), 0, 0},
		{"two_after", code(now + 2), 0, 0},
		{"used", code(now), now, 0},
		{"older_than_the_used_one", code(now - 1), now, 0},
		{"newer_than_the_used_one", code(now), now - 1, now},
		{"wrong", "000000", 0, 0},
		{"too_short", code(now)[:5], 0, 0},
		{"too_long", code(now) + "0", 0, 0},
		{"empty", "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			step, ok := totp.Check(rfcSecret, c.code, at, c.lastStep)
			if ok != (c.want != 0) || step != c.want {
				t.Errorf("got %d, %v", step, ok)
			}
		})
	}
	for _, secret := range []string{"", "not base32"} {
		if _, ok := totp.Check(secret, "", at, 0); ok {
			t.Errorf("the secret %q fits a code", secret)
		}
	}
}

func TestNewSecret_is_160_random_bits(t *testing.T) {
	a, b := totp.NewSecret(), totp.NewSecret()
	if raw, err := base32.StdEncoding.DecodeString(a); err != nil || len(raw) != 20 || a == b {
		t.Errorf("%s, %s, %v", a, b, err)
	}
}

func TestURI_is_what_apps_read(t *testing.T) {
	u, err := url.Parse(totp.URI("Brightwater: portal", "anna@example.test", rfcSecret))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Brightwater  portal:anna@example.test" ||
		q.Get("secret") != rfcSecret || q.Get("issuer") != "Brightwater  portal" || q.Get("digits") != "6" || q.Get("period") != "30" || strings.Contains(u.String(), "+") {
		t.Error(u)
	}
}
