// Package token is about the keys with which programs call the API.
//
// Words: a token belongs to an organisation, its owner, and was made by a person of it or on the console; a scope is what a token is for, a
// named set of rights. At each call a token may what its maker's present roles and its scopes both allow; one from the console what any role
// of such an organisation may, within its scopes. So whoever leaves, is disabled or loses a role takes the token's rights along at once.
// The text of a token is shown once; what rests is its SHA-256 and its beginning.
//
// Tables: api_token. Below it: account. Above it: app.
package token
