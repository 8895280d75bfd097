// Package account knows organisations, who belongs to them with which roles, and who acts for whom.
//
// Words: an organisation is the vendor, a partner or a customer; a site is a child organisation, and an organisation with
// its sites is a family; a membership is a person in one organisation, a contact is a membership as an administrator sees
// it; a partnership lets a partner act for a customer. Every request has exactly one acting membership: Resolve makes the
// who.Actor of it from session and address.
//
// Tables: organisation, membership, membership_role, role_change, invitation, partnership, partnership_role, scope, access_mark.
// Below it: identity and the platform. Above it: everything.
package account
