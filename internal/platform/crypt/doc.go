// Package crypt holds everything that turns secrets into something that may rest in a database.
//
//   - Keys: the key file beside the database; Seal and Open for secrets that must be read again, MAC for short codes
//     and cursors.
//   - Token, HashToken: random bearer secrets, of which only the hash is stored.
//   - Hasher: passwords as Argon2id, behind a gate that lets as many run as there are cores; and the passwords of old
//     portals (Old), which are verified once and then replaced.
//   - package totp below: the six digits of an authenticator.
//
// Nothing here knows a person, a table or a page. What a person may see is a fault: crypt.busy (503) and
// crypt.password_too_long (422, argument max).
package crypt
