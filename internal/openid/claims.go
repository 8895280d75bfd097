package openid

import (
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/text/language"

	"lodge/internal/identity"
	"lodge/internal/platform/store"
)

// scopeOrganisations is the scope of the claim organisations.
const scopeOrganisations = "organisations"

// Scopes are those that are offered. Whatever else is asked for is left out of the answer.
var scopes = []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, scopeOrganisations, oidc.ScopeOfflineAccess}

// Organisation is one of the claim organisations: where the person is an active member now.
type Organisation struct {
	Number int64    `json:"number"`
	Name   string   `json:"name"`
	Roles  []string `json:"roles"`
}

// claims fills in what the scopes tell of a person. It is read from the present rows whenever a token is made or used: what a client has heard before
// counts for nothing.
func claims(tx *store.Tx, info *oidc.UserInfo, person string, scopes []string) error {
	p, err := identity.Get(tx, person)
	if err != nil {
		return err
	}
	info.Subject = person
	if slices.Contains(scopes, oidc.ScopeProfile) {
		info.Name, info.GivenName, info.FamilyName, info.Zoneinfo = p.Name(), p.FirstName, p.LastName, p.Zone
		if p.Language != "" {
			info.Locale = oidc.NewLocale(language.Make(p.Language))
		}
	}
	if slices.Contains(scopes, oidc.ScopeEmail) {
		info.Email, info.EmailVerified = p.Email, oidc.Bool(!p.ProvenAt.IsZero())
	}
	if !slices.Contains(scopes, scopeOrganisations) {
		return nil
	}
	rows, err := store.Query[struct {
		Number      int64
		Name, Roles string
	}](tx, selectOrganisations, person, tx.Now)
	all := make([]Organisation, 0, len(rows))
	for _, r := range rows {
		roles := strings.Fields(r.Roles)
		slices.Sort(roles)
		all = append(all, Organisation{r.Number, r.Name, append([]string{}, roles...)})
	}
	info.AppendClaims("organisations", all)
	return err
}
