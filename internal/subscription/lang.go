package subscription

import "embed"

// Lang are the texts of this package.
//
//go:embed lang/*.json
var Lang embed.FS
