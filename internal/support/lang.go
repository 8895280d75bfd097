package support

import "embed"

// Lang holds what people read of this package.
//
//go:embed lang/*.json
var Lang embed.FS
