package app

import (
	"io/fs"

	"lodge/internal/account"
	"lodge/internal/identity"
)

// texts are the catalogues of all packages.
func texts() []fs.FS {
	return []fs.FS{identity.Lang, account.Lang, Lang}
}

// templates are the pages of all packages.
func templates() []fs.FS {
	return []fs.FS{identity.Templates, account.Templates, Templates}
}
