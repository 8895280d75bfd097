// Package api is the door for programs: operations over JSON, described in OpenAPI, behind the middleware of the pages.
//
// An operation is registered with the right that it needs and the function that carries it out; the function gets an
// actor, as a page's handler does, and returns faults, as a page's handler does. All else is the same for all of them and is done
// here: token, limits, strict reading of address and body, idempotency, cursors, versions, problems.
//
// What is asked of a call, in this order: no secret in the address (401), a known token (401), the limits (429), the organisation in view
// (404), the scope and the right (403), the address (400, 422), the body (400, 413, 415, 422), the idempotency key (409, 422).
package api
