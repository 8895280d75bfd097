// Package federation lets people sign in with their company: OpenID Connect, authorization code with PKCE, one connection per organisation.
//
// Words: a domain is a mail domain that an organisation has proven by a TXT record; a connection is its own sign-in, the upstream, with an
// issuer and a client of that issuer; an attempt is one sign-in on its way there and back; an arrival is what comes back. A linked account
// opens a person's account by connection, issuer and subject, never by an address. What arrives may speak for addresses in the
// organisation's proven domains only, never for the vendor's people, and gives nobody a role.
//
// Tables: federation_domain, federation_connection, federation_used. Links and sessions belong to identity, memberships to account, both below.
package federation

import "embed"

// Lang are the texts of this package, Templates its pages.
//
//go:embed lang/*.json
var Lang embed.FS

//go:embed pages/*.tmpl
var Templates embed.FS
