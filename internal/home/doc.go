// Package home makes the pages that gather what other packages know: the home page of an organisation and its log of
// events.
//
// It has no tables of its own. Below it: support, contract, product, account. Above it: app.
package home
