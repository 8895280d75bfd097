// Package lang says everything that a person reads in the person's language.
//
// Every package brings its texts as flat JSON, lang/{en,fr,pl,es}.json: a key that begins with the package's name, and
// a sentence with its arguments in braces, or an object of plural forms chosen by the argument n. New merges them into
// one Catalogue; a Printer is the catalogue in one language and one time zone. Dates, numbers, sizes and names of
// countries follow the reader's language, never the machine's.
package lang
