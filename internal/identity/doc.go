// Package identity knows persons: what they sign in with, how they prove a mailbox, and their sessions. Of organisations it
// knows ids at most; who belongs where is account's.
//
// An e-mail address (Email) is a person's name at every door: sign-in, invitation, reset, registration, import. All of them
// read it with ParseEmail, and one unique column holds the result.
package identity
