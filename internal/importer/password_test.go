package importer

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
)

// passwords makes a folder of one person per hash, whose mailbox the old portal had proved: the old password alone opens.
func passwords(t *testing.T, hashes ...[2]string) string {
	t.Helper()
	lines := []string{personHead}
	for i, h := range hashes {
		lines = append(lines, fmt.Sprintf(`%d,%s,2024-01-01T00:00:00Z,First,Last,active,%s,"%s"`, i, holder(i), h[0], h[1]))
	}
	return export(t, map[string]string{People: strings.Join(lines, "\n") + "\n"}, nil)
}

func holder(i int) string { return fmt.Sprintf("holder%d@old.example", i) }

func TestAttack_IMP_05_a_long_password_opens_by_its_cut_form_once_and_then_whole(t *testing.T) {
	long := strings.Repeat("0123456789", 8) // 80 bytes, of which the old portal looked at 72
	wide := strings.Repeat("ż", 36) + "and more"
	hash := func(password string) [2]string {
		b, err := bcrypt.GenerateFromPassword([]byte(password), 4)
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{"bcrypt", string(b)}
	}
	onBoth(t, func(t *testing.T, p *portal) {
		said := p.bring(passwords(t, hash(long[:72]), hash(wide[:72]), hash(long[:72]), hash("a short old password")))
		for _, row := range said.rows {
			if row[3] != string(Created) || row[4] != "" {
				t.Errorf("%q", row)
			}
		}
		opens := func(i int, password string, want bool) {
			t.Helper()
			s, err := p.signIn(holder(i), password)
			if in := err == nil && s.Step == identity.StepDone; in != want || !want && !fault.Is(err, "identity.wrong_password") {
				t.Errorf("%s with %d bytes: step %q, %v; opens is to be %v", holder(i), len(password), s.Step, err, want)
			}
		}
		opens(0, long[:71], false)
		opens(0, long, true)         // the cut form, once
		opens(0, long[:72], false)   // from now on the whole
		opens(0, long+"more", false) // and nothing but it
		opens(0, long, true)
		opens(1, wide, true) // cut in the middle of nothing: bytes count, not letters
		opens(1, wide[:72], false)
		opens(2, long[:72], true) // somebody who has always typed what counted
		opens(2, long, false)
		opens(3, "a short old password", true)
		for _, secret := range query[string](p, `SELECT secret FROM credential`) {
			if !strings.HasPrefix(secret, "$argon2id$") {
				t.Errorf("%.12s… rests after the first sign-in", secret)
			}
		}
	})
}

// hostile are hashes of a cost that nobody may be made to pay, each with its twin at the limit.
func hostile() map[string][2][2]string {
	b64 := base64.RawStdEncoding.EncodeToString
	salt, sum := b64([]byte("saltsaltsalt")), b64([]byte(strings.Repeat("h", 32)))
	aspnet := func(rounds uint32) string {
		b := []byte{1}
		for _, n := range []uint32{1, rounds, 16} {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return base64.StdEncoding.EncodeToString(append(b, strings.Repeat("s", 16+32)...))
	}
	phpass := func(cost string) string { return "$P$" + cost + "saltsalt" + strings.Repeat("h", 22) }
	pair := func(scheme, over, at string) [2][2]string { return [2][2]string{{scheme, over}, {scheme, at}} }
	argon := func(p string) string { return "$argon2id$v=19$" + p + "$" + salt + "$" + sum }
	pbkdf2 := func(n int) string { return fmt.Sprintf("$pbkdf2-sha256$i=%d,l=32$%s$%s", n, salt, sum) }
	scrypt := func(p string) string { return "$scrypt$" + p + "$" + salt + "$" + sum }
	return map[string][2][2]string{
		"argon2id of 4 GiB":       pair("argon2id", argon("m=4194304,t=2,p=1"), argon("m=262144,t=2,p=1")),
		"argon2id of many passes": pair("argon2id", argon("m=19456,t=17,p=1"), argon("m=19456,t=16,p=1")),
		"argon2id of many lanes":  pair("argon2id", argon("m=19456,t=2,p=17"), argon("m=19456,t=2,p=16")),
		"PBKDF2 of 10^9 rounds":   pair("pbkdf2", pbkdf2(1_000_000_000), pbkdf2(2_000_000)),
		"Django of 10^9 rounds": pair("django", "pbkdf2_sha256$1000000000$salt$"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("h", 32))),
			"pbkdf2_sha256$2000000$salt$"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("h", 32)))),
		"ASP.NET of 10^9 rounds": pair("aspnet-identity", aspnet(1_000_000_000), aspnet(2_000_000)),
		"bcrypt of cost 31":      pair("bcrypt", "$2a$31$"+goodHash[7:], "$2a$15$"+goodHash[7:]),
		"scrypt of N 2^30":       pair("scrypt", scrypt("ln=30,r=8,p=1"), scrypt("ln=18,r=8,p=1")),
		"scrypt of wide blocks":  pair("scrypt", scrypt("ln=16,r=17,p=1"), scrypt("ln=16,r=16,p=1")),
		"sha-crypt of 10^9":      pair("sha-crypt", "$6$rounds=999999999$salt$"+strings.Repeat("h", 86), "$6$rounds=1000000$salt$"+strings.Repeat("h", 86)),
		"phpass of 2^30":         pair("phpass", phpass("S"), phpass("I")), // S is 30, I is 20
	}
}

func TestAttack_IMP_06_hostile_parameters_are_refused_at_import_and_never_run(t *testing.T) {
	var names []string
	var hashes [][2]string
	for name, pair := range hostile() {
		names = append(names, name)
		hashes = append(hashes, pair[0], pair[1])
	}
	onBoth(t, func(t *testing.T, p *portal) {
		began := time.Now()
		said := p.bring(passwords(t, hashes...))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the import took %v: something was run", took)
		}
		if len(said.rows) != len(hashes) {
			t.Fatalf("%d rows", len(said.rows))
		}
		for i, name := range names {
			over, at := said.rows[2*i], said.rows[2*i+1]
			if over[3] != string(Created) || over[4] != "password_too_costly" {
				t.Errorf("%s: %q", name, over)
			}
			if at[3] != string(Created) || at[4] != "" {
				t.Errorf("%s, at the limit: %q", name, at)
			}
			kept := func(i int) int {
				return query[int](p, `SELECT count(*) FROM credential c JOIN person x ON x.id = c.person_id WHERE x.email = $1`, holder(i))[0]
			}
			if kept(2*i) != 0 || kept(2*i+1) != 1 {
				t.Errorf("%s: %d verifiers are kept, at the limit %d", name, kept(2*i), kept(2*i+1))
			}
		}
		// Whoever signs in there waits for what any wrong password costs; what is not kept cannot be run.
		if _, err := p.signIn(holder(0), "whatever it was"); !fault.Is(err, "identity.wrong_password") {
			t.Errorf("signing in with a hash that was refused: %v", err)
		}
	})
}
