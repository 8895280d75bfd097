// Package subscription knows what a customer pays for: product types and who has which.
//
// Words: a product type (plan) decides the level of the licence, the functions and the price of a month; it is offered in
// regions and to partners, and may be immutable: who has it keeps it. A subscription is a customer's paid right to a product type; its
// trial is the time before the first charge.
//
// Tables: product_type, product_type_region, product_type_partner, subscription. Below it: account. Above it: provision.
package subscription
