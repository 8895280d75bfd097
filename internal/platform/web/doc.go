// Package web is the thin layer between net/http and the use cases: routes that carry their right, handlers that return
// errors, pages that have a type, forms that are read into structs, and components that take one struct each.
//
// It knows no word of the business. The frame of a page (brand, switcher, navigation), the actor and the people to ask
// after a refusal come from closures of Site, which the wiring fills. Everything here works without script.
//
// One request: middleware (request id, log, panic, host, address, cross-site, headers) → route → Resolve → right →
// hidden fields of the form → handler into a buffer, inside one Read of the database if it is a GET → one write.
package web
