// Package support is about service requests: customers open them, partners and the vendor's helpdesk work on them, and
// all three see the plan, the answers and whose turn it is.
//
// Words: a request is a ticket of kind request; an order is one of kind order, with other numbers and addresses, which everybody may open for a renewal
// of support and see if it is his own, and which is otherwise worked on like a request; a draft is one that only its author sees; the customer's people decide
// (accept, refuse, reopen, cancel, withhold from partners), the helpers (partner and helpdesk) plan and answer; a note is
// the helpdesk's own; the desk is the queue of all customers' open requests; an unsent text is a half-written reply or
// note, which pages call a draft: its writer's alone, gone when it is sent, emptied or discarded, when its writer has lost
// access, and 90 days after the request is over.
//
// Whose side somebody is on follows from why he may be here (who.Source), what he may do from his roles. A request is
// found by its number inside the family in view, and only by who may see it; everything else does not exist.
//
// Tables: unsent_text; it reads ticket, account, product and contract by JOIN. Below it: ticket, account. Above it: app.
package support
