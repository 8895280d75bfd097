// Package partner is how partnerships come about, go on and end: a partner asks a customer, the customer's administrators agree with roles
// and a last day, extend, and either side ends it at once. The customer sees who used it.
//
// Words: a partnership lets a partner act for a customer with named roles between two days; an ask is a partner's wish for one, which dies
// unanswered after 90 days. A partner is never told whether a number that it asks is anybody's.
//
// Tables: partner_ask. Partnerships themselves, and what they open, belong to account, which is below it.
package partner

import "embed"

// Lang are the texts of this package, Templates its pages.
//
//go:embed lang/*.json
var Lang embed.FS

//go:embed pages/*.tmpl
var Templates embed.FS
