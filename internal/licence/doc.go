// Package licence knows the licences of organisations: number, product, quantity and term. Its tools come later; what an
// organisation has is already here.
//
// Words: a licence belongs to the head of a family; a site may hold it. Its number is XXX-XXX-XXX with a check character.
//
// Tables: licence. Below it: product, contract, account and the platform.
package licence
