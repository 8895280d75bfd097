// Package ticket knows numbered pieces of work with a timeline, whatever they are about.
//
// Words: a ticket belongs to one organisation for good; its kind says what it is (a service request, a task); its state
// how far it is, its turn who acts next; the serving side is who works on it when it is not the customer's turn. The
// timeline is entries that are added and never changed; actions are the plan, which all three sides see; a note is text
// for the vendor's people only, and a type of its own. A scope row says which partner's lists hold a ticket; an alias is
// the number that an older system gave it.
//
// The package holds steps, no doors: who may do what is decided above it, support for service requests. A step is called
// inside a Write that holds Lock of the ticket (a new one needs none).
//
// Tables: ticket, ticket_alias, ticket_scope, ticket_participant, ticket_entry, ticket_action, ticket_file. Below it:
// account's scope and organisation by JOIN, and the platform. Above it: support.
package ticket
