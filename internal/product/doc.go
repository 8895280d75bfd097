// Package product knows what the vendor makes: a code that people type, a slug that addresses use, a name.
//
// Words: a product is active or retired; a retired one stays with those who have it. What an organisation has comes from
// several sources (a licence, a support contract, a request), which tell it here; a site has what its organisation has.
//
// The catalogue is the vendor's own list of products.
//
// Tables: product, product_of_org. Below it: the platform. Above it: contract's callers, licence, release, ticket's callers.
package product
