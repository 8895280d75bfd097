// Package contract knows support contracts: the maintenance periods of an organisation and what they cover.
//
// Words: a contract lies on the head of a family and covers its sites too; both its days are included. An entitlement says
// what it covers; a contract without any covers all products of the organisation. Support on a day means: an active
// contract that the day lies in. A day here is a civil day YYYY-MM-DD of the organisation.
//
// Tables: support_contract, entitlement. Below it: account, product and the platform.
package contract
