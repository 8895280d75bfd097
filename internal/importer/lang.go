package importer

import "embed"

// Lang are the sentences of reports, refusals and the console, keyed importer.<code>.
//
//go:embed lang/*.json
var Lang embed.FS
