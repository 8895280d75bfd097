// Package search answers the field in the top bar: requests by their text or number, and customers by name or number.
//
// It has no tables; the index is the store's, filled by the packages whose texts stand in it. Whatever is found goes through the
// normal scope of its package once more.
package search
