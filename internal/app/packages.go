package app

import (
	"io/fs"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/federation"
	"lodge/internal/home"
	"lodge/internal/identity"
	"lodge/internal/importer"
	"lodge/internal/openid"
	"lodge/internal/partner"
	"lodge/internal/platform/api"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/search"
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/ticket"
	"lodge/internal/token"
)

// texts are the catalogues of all packages.
func texts() []fs.FS {
	return []fs.FS{identity.Lang, account.Lang, partner.Lang, product.Lang, contract.Lang, release.Lang, ticket.Lang, support.Lang, home.Lang, search.Lang, importer.Lang, subscription.Lang, provision.Lang, token.Lang, openid.Lang, federation.Lang, Lang}
}

// templates are the pages of all packages.
func templates() []fs.FS {
	return []fs.FS{identity.Templates, account.Templates, partner.Templates, product.Templates, release.Templates, support.Templates, home.Templates, search.Templates, provision.Templates, subscription.Templates, token.Templates, openid.Templates, federation.Templates, api.Templates, importer.Templates, Templates}
}
