// Package totp is RFC 6238 as authenticator apps have it: SHA-1, six digits, steps of 30 seconds.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	secretBytes = 20 // RFC 4226, section 4, R6
	period      = 30 // seconds
	drift       = 1  // steps to either side that are still good
)

// NewSecret is 160 random bits in base32, upper case without padding: 32 characters.
func NewSecret() string {
	b := make([]byte, secretBytes)
	rand.Read(b)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// Step is the number of the 30 seconds in which at lies, counted from 1970.
func Step(at time.Time) int64 { return at.Unix() / period }

// Check tells whether the code is that of the step of at, or of the one before or after, and which step it was. A step up
// to lastStep was used and is refused: store the returned one, in the transaction that lets the person in. Blanks in
// the code, as apps show them, do not matter. A damaged secret fits no code.
func Check(secret, code string, at time.Time, lastStep int64) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	now := Step(at)
	for _, s := range []int64{now, now - drift, now + drift} {
		want, err := Code(secret, s)
		// All three are computed and compared, whichever fits.
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > lastStep && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// Code is the six digits of a step. The error is a secret that is not base32.
func Code(secret string, step int64) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(key) == 0 {
		return "", errors.New("totp: the secret is not base32")
	}
	h := hmac.New(sha1.New, key)
	binary.Write(h, binary.BigEndian, step)
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf // RFC 4226, section 5.3
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000), nil
}

// URI is what the picture for the app holds: "otpauth://totp/Issuer:account?…". The secret is in it: never log it.
func URI(issuer, account, secret string) string {
	issuer = strings.ReplaceAll(issuer, ":", " ") // it ends the issuer, even when escaped
	// Apps read %20, but not all read + as a blank.
	q := strings.ReplaceAll(url.Values{
		"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
	}.Encode(), "+", "%20")
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" + q
}
