// Package openid lets people sign in to the vendor's other websites with their account here: an OpenID provider.
//
// Words: a client is such a website; a grant is what one sign-in at it is worth: a code, and the tokens that come of it, until the session ends in
// which it was given. Access and refresh tokens are random texts of which hashes rest; ID and logout tokens are signed with a key that is changed
// every ninety days. A consent is what a person agreed to tell a client; a notice tells a client that a session has ended.
//
// What the protocol asks of a request is checked by the zitadel library; storage.go is all that it sees of this package. Pages, codes and the end of
// sessions are Lodge's own.
//
// Tables: openid_client, openid_key, openid_grant, openid_token, openid_consent, openid_notice. Below it: account, identity. Above it: app.
package openid
