// Package provision makes customers and keeps the list of them for those who look after them.
//
// Words: a reseller is who made a customer, a partner or the vendor itself; a draft is a customer that is not made yet, saved step by
// step; a line is what the list shows of a customer or a draft. Whoever finishes a draft makes organisation, partnership, subscription and the first
// person's invitation in one transaction.
//
// Tables: reseller, reseller_role, customer, customer_draft, customer_line. Below it: subscription, account. Above it: home, importer.
package provision
