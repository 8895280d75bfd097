package crypt

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

const vectorPassword = "Zażółć gęślą jaźń 7"

// vectors are hashes of vectorPassword that this program did not make: crypt(3) of glibc for bcrypt and sha-crypt, Python's
// hashlib for the others.
func vectors() []Old {
	return []Old{
		{"bcrypt", "$2a$04$abcdefghijklmnopqrstuujqD4mI0lLziHj7zVxHvUwjHN7NjphnO"},
		{"bcrypt", "$2b$05$abcdefghijklmnopqrstuuCZEhOZu/My2g9FjOlcjnJUL1QQ4d7H2"},
		{"bcrypt", "$2y$06$abcdefghijklmnopqrstuu2sAtR5ssP0Caa8FmYB2dvFzkYgQXQ8K"},
		{"pbkdf2", "$pbkdf2-sha1$i=1000,l=32$c2FsdHNhbHQ$NHAdevag28snYtdsD0qpHevff3D28vU6GD2hOqE4H+4"},
		{"pbkdf2", "$pbkdf2-sha1$i=1000$c2FsdHNhbHQ$NHAdevag28snYtdsD0qpHevff3A"},
		{"pbkdf2", "$pbkdf2$29000$./AHCfvwBwn78AcJ./AHCQ$NIVCrFOy9DjwWXNb6lGliazAtWg"},
		{"django", "pbkdf2_sha1$1500$söltig$n+rokNLaixhuAejIEPAAaH5sN3w="},
		{"pbkdf2", "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$0Mvb+I19GXun4fnE1xcDxT/g638Ihu4wIg1vevb7KHo"},
		{"pbkdf2", "$pbkdf2-sha256$i=1000$c2FsdHNhbHQ$0Mvb+I19GXun4fnE1xcDxT/g638"},
		{"pbkdf2", "$pbkdf2-sha256$29000$./AHCfvwBwn78AcJ./AHCQ$tRho0nCROcvF/yiZDcO/VMaWrq6Gp5u435vzUrPLCnY"},
		{"django", "pbkdf2_sha256$1500$söltig$fP5bE0GIGRFDUgK0zIYJbSAdgn5t0oN2cb3Ts6WUXVY="},
		{"pbkdf2", "$pbkdf2-sha512$i=1000,l=32$c2FsdHNhbHQ$7BzICfuVFg/NE4yWHwDi+9YP11nF6G/275Hg7gaCRmk"},
		{"pbkdf2", "$pbkdf2-sha512$i=1000$c2FsdHNhbHQ$7BzICfuVFg/NE4yWHwDi+9YP11k"},
		{"pbkdf2", "$pbkdf2-sha512$29000$./AHCfvwBwn78AcJ./AHCQ$8kyUXLnWWZogEcsI77nsbrpy4.fLZv2KdoLFh8WSx7irqZg/.9u8d5dnAtaxbfiLR1WWSCQDshib5VTw5qWfmA"},
		{"django", "pbkdf2_sha512$1500$söltig$88ia/aFUBhEtI0xTMuOV9G9LsDHGCc8cNwmfxGcU8CslQ2QEhW5ZL63N729FtdGj+aQrclRVZ4vOM+8BVMOAsw=="},
		{"aspnet-identity", "AAABAgMEBQYHCAkKCwwNDg+ZR+ak5jPWGFeWBqDuJL7JliBPkMuuSKWhkuuvnsKFHQ=="},
		{"aspnet-identity", "AQAAAAAAACcQAAAAEAABAgMEBQYHCAkKCwwNDg9HNjzg26gZyaSRq4IdtOqg2BEl+3Gah+GuTVdDadbY+g=="},
		{"aspnet-identity", "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg8eNTLCf5d8V18OqO1W6WMAMRYEZsUZlJmSasTh8w3p7w=="},
		{"aspnet-identity", "AQAAAAIAACcQAAAAEAABAgMEBQYHCAkKCwwNDg8bPlNmgeO/gQTJ/MoH8GFAHq1hx/bzPGv98OqbEOTFcg=="},
		{"scrypt", "$scrypt$ln=12,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$U8/zsVVe6bD9HaN3gjOvM9rFiqztDMU5E6QP88H8OrA"},
		{"scrypt", "$scrypt$ln=10,r=4,p=2$AAECAwQFBgcICQoLDA0ODw$IcjvkJg1qMeyUlwTq0EKMCGs7TXgnYhQnl6t0D73oxtl4XY084Rbwu5ow2GjWZBtHSqIXd2+LHUcGWVEGOeRkA"},
		{"sha-crypt", "$5$salz/Punkt.$pKB9pmmQ8J9Ic.ulfDGjgT.DJHj6TfheX4P4SVQ/56/"},
		{"sha-crypt", "$5$rounds=1000$kurz$3obIWU9SQujd4LDdwfvV761of8Rk3pnM5N0Hj8VKwDD"},
		{"sha-crypt", "$6$sechzehnZeichen1$LIFWpgBNJMqTbtKHPyIjhdms5Eh/B7HS8UJStCFyVLgmSHdpqy7tC6crZPxIn7Amq0QL1bCjbgRi11R7c.KqN0"},
		{"sha-crypt", "$6$rounds=1234$x$BPR7Km.tD5qGmgS6E.1Na3BJh.a6ealDa9EgsIMLSUZHO1YcqRaDdyFx7wYPAN9yoJONgcBt2WcZeKm7CPe2G1"},
		{"sha-crypt", "$5$$kckLZ6vrlM3LJbZR8VWqI.EOaTfa5fzkWFHJS7eJ9P3"},
		{"phpass", "$P$5salzsalzEyE0lvdfNF7ADBqAYpFC30"},
		{"phpass", "$H$9ab/.CD12A.CV/.nKfHOYRRdnxVKX4."},
		{"ssha", "{SSHA}qDRsZraNvrqq75EZSZbvM1Q6f+rIycrL"},
		{"ssha", "{SSHA}S19MSN+TE2/9USrwP98QO27+ZrfIycrLzM3Ozw=="},
		{"ssha", "{SSHA}EkCq7nX0qohgPZGsSuY4yo56JPHIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/8jJysvMzc7P"},
		{"md5-hex", "sp$sałt$717fbe70facb3de25c49471012f38ee6"},
		{"md5-hex", "ps$x y$02C3A15F1259FE8DE641EA9D8CB35994"},
		{"sha256-hex", "sp$sałt$63510cc2699feacd8ae83b4bca91a9c70b5154d8f0b16cc539a91a4768374f5d"},
		{"sha256-hex", "ps$x y$E7C3C29200EF9757ABCE0AD4DA3507437D795F4703C62579B8EA6F8124893127"},
		{"sha512-hex", "sp$sałt$706112e145a521cfe8a411ae56db94a8ad36d6ead9c5cf13576dfa0eed746664ffd8ede94c840bf77a6d87e58baf8568077470470a57ee158943fc9bdcbc3a05"},
		{"sha512-hex", "ps$x y$482B2FDEC595D374B2F5ECB1C10F1BCF0356DD3FA368F5AE42EE9CC944F740DC632657C57BF4BF86A74606561E9529F69274C2B40364D657117E8BCD93B4A9BD"},
	}
}

// guard: crypt.Hasher.VerifyOld
func TestAttack_IMP_04_every_scheme_of_the_format_is_verified(t *testing.T) {
	h := &Hasher{}
	seen := map[string]bool{}
	for i, o := range append(vectors(), Old{"argon2id", hashOf(t, h, vectorPassword)}) {
		t.Run(fmt.Sprintf("%s_%d", o.Scheme, i), func(t *testing.T) {
			seen[o.Scheme] = true
			if usable, note := o.Judge(); !usable || note != "" {
				t.Fatalf("not usable: %q", note)
			}
			stored := wrap(t, h, o.Scheme, o.Hash)
			for password, want := range map[string]bool{vectorPassword: true, norm.NFD.String(vectorPassword): true, vectorPassword + " ": false, stored: false} {
				if ok, err := h.VerifyOld(t.Context(), stored, password); err != nil || ok != want {
					t.Errorf("%+q: got %v, %v", password, ok, err)
				}
			}
			if at, err := h.Check(t.Context(), []string{stored}, vectorPassword); err != nil || at != 0 {
				t.Errorf("Check: got %d, %v", at, err)
			}
			if Current(stored) {
				t.Error("an old hash passes as today's")
			}
		})
	}
	if len(seen) != 12 {
		t.Errorf("%d schemes with a hash were tried, the format has 12: %v", len(seen), seen)
	}
}

// An old portal that did not normalise has hashes over other bytes than NFC.
func TestVerifyOld_tries_the_bytes_as_typed_first(t *testing.T) {
	h := &Hasher{}
	typed := norm.NFD.String("jaźń")
	d := digest{"sha256", false, []byte("salt")}
	stored := wrap(t, h, "sha256-hex", "ps$salt$"+hex.EncodeToString(d.sum([]byte(typed))))
	if ok, err := h.VerifyOld(t.Context(), stored, typed); err != nil || !ok {
		t.Errorf("as it was typed then: %v, %v", ok, err)
	}
	if ok, err := h.VerifyOld(t.Context(), stored, "jaźń"); err != nil || ok {
		t.Errorf("a form that nobody hashed: %v, %v", ok, err)
	}
}

// phpass's own test vector.
func TestVerifyOld_agrees_with_phpass(t *testing.T) {
	h := &Hasher{}
	if ok, err := h.VerifyOld(t.Context(), wrap(t, h, "phpass", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"), "test12345"); err != nil || !ok {
		t.Errorf("got %v, %v", ok, err)
	}
}

// guard: crypt.Hasher.Wrap
func TestAttack_IMP_04_no_weak_digest_rests_in_what_is_stored(t *testing.T) {
	h := &Hasher{}
	weak := 0
	for _, o := range vectors() {
		if !o.Weak() {
			continue
		}
		weak++
		_, sum, err := readDigest(o)
		if err != nil {
			t.Fatal(err)
		}
		before := h.Runs()
		stored := wrap(t, h, o.Scheme, o.Hash)
		if h.Runs() != before+1 || !strings.HasPrefix(stored, "wrapped:") || !strings.Contains(stored, ":$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("%s is stored as %s", o.Scheme, stored)
		}
		for _, form := range []string{string(sum), hex.EncodeToString(sum), base64.RawStdEncoding.EncodeToString(sum[:15]), base64.RawURLEncoding.EncodeToString(sum[:15])} {
			if strings.Contains(strings.ToLower(stored), strings.ToLower(form)) {
				t.Errorf("%s: the digest is in %s", o.Scheme, stored)
			}
		}
	}
	if weak != 9 {
		t.Errorf("%d weak vectors", weak)
	}
}

// guard: crypt.readBcrypt
func TestAttack_IMP_05_bcrypt_counts_72_bytes_and_a_new_password_all(t *testing.T) {
	h := &Hasher{}
	const long = "the-quick-brown-fox-jumps-over-thirteen-lazy-dogs-while-eleven-owls-look-on-and-hoot"
	// crypt(3) of glibc, of the whole password
	stored := wrap(t, h, "bcrypt", "$2y$05$abcdefghijklmnopqrstuudDLycBtF.YBpsaDybuKVA1mW1z2AuIi")
	phc := hashOf(t, h, long)
	for password, want := range map[string][2]bool{
		long: {true, true}, long[:72]: {true, false}, long[:71]: {false, false}, long[:72] + "x": {true, false},
	} {
		if ok, err := h.VerifyOld(t.Context(), stored, password); err != nil || ok != want[0] {
			t.Errorf("old, %q: got %v, %v", password, ok, err)
		}
		if ok, err := h.Verify(t.Context(), phc, password); err != nil || ok != want[1] {
			t.Errorf("new, %q: got %v, %v", password, ok, err)
		}
	}
}

func TestJudge_says_why_a_hash_cannot_be_used(t *testing.T) {
	const s16, h32 = "AAECAwQFBgcICQoLDA0ODw", "U8/zsVVe6bD9HaN3gjOvM9rFiqztDMU5E6QP88H8OrA"
	argon := "$argon2id$v=19$m=19456,t=2,p=1$" + s16 + "$" + h32
	for _, c := range []struct{ scheme, hash, note string }{
		{"", "", ""},
		{"none", "", ""},
		{"none", "{SSHA}AAAA", NoteMalformed},
		{"", "$2b$10$abcdefghijklmnopqrstuv", NoteUnknown},
		{"plain", "Plain-Text-1234", NoteUnknown},
		{"plain", "", NoteUnknown},
		{"BCRYPT", vectors()[0].Hash, NoteUnknown},
		{"argon2id", strings.Replace(argon, "argon2id", "argon2i", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, "v=19", "v=16", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, "t=2", "t=02", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, "t=2", "t=0", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, "m=19456,t=2", "t=2,m=19456", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, "m=19456,t=2,p=1", "m=16,t=2,p=3", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, s16, "c2FsdA", 1), NoteMalformed},
		{"argon2id", argon[:len(argon)-len(h32)-1], NoteMalformed},
		{"argon2id", argon[:len(argon)-1], NoteMalformed},
		{"argon2id", argon + "\n", NoteMalformed},
		{"argon2id", argon + "=", NoteMalformed},
		{"argon2id", strings.Replace(argon, h32, "AAAAAAAAAAAAAAAAAAAA", 1), NoteMalformed},
		{"argon2id", strings.Replace(argon, "m=19456", "m=4194304", 1)[:60], NoteMalformed},
		{"bcrypt", "$2b$12$tooshort", NoteMalformed},
		{"bcrypt", strings.Replace(vectors()[0].Hash, "$04$", "$03$", 1), NoteMalformed},
		{"bcrypt", strings.Replace(vectors()[0].Hash, "$2a$", "$2x$", 1), NoteMalformed},
		{"bcrypt", strings.Replace(vectors()[0].Hash, "$04$", "$4a$", 1), NoteMalformed},
		{"bcrypt", vectors()[0].Hash[:59] + "=", NoteMalformed},
		{"bcrypt", "", NoteMalformed},
		{"pbkdf2", "$pbkdf2-sha256$i=1000,l=31$c2FsdHNhbHQ$" + h32, NoteMalformed},
		{"pbkdf2", "$pbkdf2-sha256$i=1000,l=$c2FsdHNhbHQ$" + h32, NoteMalformed},
		{"pbkdf2", "$pbkdf2-md5$i=1000,l=32$c2FsdHNhbHQ$" + h32, NoteMalformed},
		{"pbkdf2", "$pbkdf2-sha256$i=1000$c2Fs$" + h32, NoteMalformed},
		{"pbkdf2", "$pbkdf2-sha256$-1$c2FsdHNhbHQ$" + h32, NoteMalformed},
		{"django", "", NoteMalformed},
		{"django", "pbkdf2_sha1$1000$abcdefgh$" + h32 + "=", NoteMalformed},
		{"django", "pbkdf2_sha256$1000$abc$" + h32 + "=", NoteMalformed},
		{"django", "pbkdf2_sha256$1000$abcdefgh$" + h32, NoteMalformed},
		{"aspnet-identity", "AAAA", NoteMalformed},
		{"aspnet-identity", "AQAAAAMAACcQAAAAEAABAgMEBQYHCAkKCwwNDg8bPlNmgeO/gQTJ/MoH8GFAHq1hx/bzPGv98OqbEOTFcg==", NoteMalformed},
		{"aspnet-identity", "AQAAAAIAACcQ/////wABAgMEBQYHCAkKCwwNDg8bPlNmgeO/gQTJ/MoH8GFAHq1hx/bzPGv98OqbEOTFcg==", NoteMalformed},
		{"scrypt", "$scrypt$ln=0,r=8,p=1$" + s16 + "$" + h32, NoteMalformed},
		{"scrypt", "$scrypt$ln=14,r=8$" + s16 + "$" + h32, NoteMalformed},
		{"sha-crypt", "$1$abcdefgh$0123456789abcdefghijkl", NoteMalformed},
		{"sha-crypt", "$5$rounds=999$kurz$3obIWU9SQujd4LDdwfvV761of8Rk3pnM5N0Hj8VKwDD", NoteMalformed},
		{"sha-crypt", "$5$seventeen-letters$3obIWU9SQujd4LDdwfvV761of8Rk3pnM5N0Hj8VKwDD", NoteMalformed},
		{"sha-crypt", "$6$kurz$3obIWU9SQujd4LDdwfvV761of8Rk3pnM5N0Hj8VKwDD", NoteMalformed},
		{"phpass", "$P$4salzsalzEyE0lvdfNF7ADBqAYpFC30", NoteMalformed},
		{"phpass", "$P$5salzsalzEyE0lvdfNF7ADBqAYpFC3", NoteMalformed},
		{"ssha", "{SSHA}qDRsZraNvrqq75EZSZbvM1Q6f+o=", NoteMalformed},
		{"ssha", "{SHA}qDRsZraNvrqq75EZSZbvM1Q6f+rIycrL", NoteMalformed},
		{"md5-hex", "5f4dcc3b5aa765d61d8327deb882cf99", NoteMalformed},
		{"md5-hex", "sp$$5f4dcc3b5aa765d61d8327deb882cf99", NoteMalformed},
		{"md5-hex", "sp$" + strings.Repeat("ł", 65) + "$5f4dcc3b5aa765d61d8327deb882cf99", NoteMalformed},
		{"md5-hex", "sp$" + strings.Repeat("ł", 64) + "$5f4dcc3b5aa765d61d8327deb882cf99", ""},
		{"sha256-hex", "sp$abc$5f4dcc3b5aa765d61d8327deb882cf99", NoteMalformed},
	} {
		usable, note := Old{c.scheme, c.hash}.Judge()
		none := c.hash == "" && (c.scheme == "" || c.scheme == "none")
		if note != c.note || usable != (c.note == "" && !none) {
			t.Errorf("%s %q: got %v %q, want %q", c.scheme, c.hash, usable, note, c.note)
		}
	}
}

// guard: crypt.Old.Judge
func TestAttack_IMP_06_hostile_costs_are_refused_without_being_paid(t *testing.T) {
	const s16, h32 = "AAECAwQFBgcICQoLDA0ODw", "U8/zsVVe6bD9HaN3gjOvM9rFiqztDMU5E6QP88H8OrA"
	h := &Hasher{}
	for _, c := range []struct {
		scheme, form string
		just, over   string
	}{
		{"argon2id", "$argon2id$v=19$m=%s,t=2,p=1$" + s16 + "$" + h32, "262144", "262145"},
		{"argon2id", "$argon2id$v=19$m=%s,t=2,p=1$" + s16 + "$" + h32, "65536", "4194304"},
		{"argon2id", "$argon2id$v=19$m=19456,t=%s,p=1$" + s16 + "$" + h32, "16", "17"},
		{"argon2id", "$argon2id$v=19$m=19456,t=2,p=%s$" + s16 + "$" + h32, "16", "99999999999999999999"},
		{"bcrypt", "$2b$%s$abcdefghijklmnopqrstuuCZEhOZu/My2g9FjOlcjnJUL1QQ4d7H2", "15", "16"},
		{"bcrypt", "$2b$%s$abcdefghijklmnopqrstuuCZEhOZu/My2g9FjOlcjnJUL1QQ4d7H2", "04", "31"},
		{"pbkdf2", "$pbkdf2-sha256$i=%s,l=32$c2FsdHNhbHQ$" + h32, "2000000", "2000001"},
		{"pbkdf2", "$pbkdf2-sha256$%s$c2FsdHNhbHQ$" + h32, "1", "1000000000"},
		{"django", "pbkdf2_sha256$%s$abcdefgh$" + h32 + "=", "600000", "90000000"},
		{"aspnet-identity", "AQAAAAI%sAAAAEAABAgMEBQYHCAkKCwwNDg8bPlNmgeO/gQTJ/MoH8GFAHq1hx/bzPGv98OqbEOTFcg==", "AACcQ", "/////"},
		{"scrypt", "$scrypt$ln=%s,r=8,p=1$" + s16 + "$" + h32, "18", "30"},
		{"scrypt", "$scrypt$ln=14,r=%s,p=1$" + s16 + "$" + h32, "16", "17"},
		{"scrypt", "$scrypt$ln=14,r=8,p=%s$" + s16 + "$" + h32, "4", "5"},
		{"sha-crypt", "$5$rounds=%s$kurz$3obIWU9SQujd4LDdwfvV761of8Rk3pnM5N0Hj8VKwDD", "1000000", "1000001"},
		{"phpass", "$P$%ssalzsalzEyE0lvdfNF7ADBqAYpFC30", "I", "J"},
	} {
		just, over := Old{c.scheme, fmt.Sprintf(c.form, c.just)}, Old{c.scheme, fmt.Sprintf(c.form, c.over)}
		if usable, note := just.Judge(); !usable {
			t.Errorf("%s %s: %s", c.scheme, just.Hash, note)
		}
		if usable, note := over.Judge(); usable || note != NoteCostly {
			t.Errorf("%s %s: %v %q", c.scheme, over.Hash, usable, note)
		}
		if _, err := h.Wrap(t.Context(), over); err == nil {
			t.Errorf("%s %s is stored", c.scheme, over.Hash)
		}
		if _, err := h.VerifyOld(t.Context(), c.scheme+":"+over.Hash, "x"); err == nil {
			t.Errorf("%s %s is run at sign-in", c.scheme, over.Hash)
		}
	}
	if h.Runs() != 0 {
		t.Errorf("%d runs", h.Runs())
	}
}

func FuzzJudge(f *testing.F) {
	for _, o := range vectors() {
		f.Add(o.Scheme, o.Hash)
	}
	f.Fuzz(func(t *testing.T, scheme, hash string) {
		usable, note := Old{scheme, hash}.Judge()
		if usable && note != "" {
			t.Errorf("usable with the note %q", note)
		}
	})
}
