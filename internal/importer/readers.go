package importer

import (
	"errors"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/number"
)

// NewReaders read e-mail, licence numbers and passwords by the same functions as the rest of Lodge.
func NewReaders(zone *time.Location) Readers {
	return Readers{Zone: zone, Email: readEmail, Licence: readLicence, Password: judge}
}

func readEmail(s string) (key, code string) {
	e, err := identity.ParseEmail(s)
	switch {
	case err == nil:
		return string(e), ""
	case fault.Is(err, identity.EmailLookalike):
		return "", "email_lookalike"
	}
	return "", "email_invalid"
}

func readLicence(s string) (text, code string) {
	n, err := number.ParseLicence(s)
	switch {
	case err == nil:
		return string(n), ""
	case errors.Is(err, number.ErrCheckDigit):
		return "", "licence_check_digit"
	}
	return "", "licence_malformed"
}

// judge: the notes of package crypt are the words of the format.
func judge(scheme, hash string) (usable bool, note string) {
	return crypt.Old{Scheme: scheme, Hash: hash}.Judge()
}
