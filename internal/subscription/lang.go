package subscription

import "embed"

// Lang are the texts of this package, Templates its pages.
//
//go:embed lang/*.json
var Lang embed.FS

//go:embed pages/*.tmpl
var Templates embed.FS
