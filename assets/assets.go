// Package assets is the stylesheet, the script and the icons as the build left them in dist.
//
// dist is not committed but for a placeholder, so that the program builds on a clean checkout; it then runs with bare
// pages and says so. web.Site.AssetsBuilt tells.
package assets

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed all:dist
var dist embed.FS

//go:embed icons.txt
var icons string

// Files holds manifest.json, icons.json and the files with hashed names; the placeholder alone if nothing was built.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only an invalid path can be the reason, and it is a constant
		panic(err)
	}
	return sub
}

// Icons are the names of the Tabler icons that the build takes, sorted.
func Icons() []string { return strings.Fields(icons) }
