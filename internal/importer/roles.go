package importer

import (
	"slices"
	"strings"
)

// The words that old portals use for roles. Lodge's own names of its roles are package account's business.
const (
	customerRoles = " support-restricted support-advanced support-administrator security-administrator licence-supervisor" +
		" licensing reporting agent-viewer agent-operator agent-configurator "
	partnerRoles  = " partner-operator partner-billing partner-api partner-webhooks partner-branding "
	relationRoles = " partner-operator partner-billing "
	vendorRoles   = " helpdesk licensing-desk release-manager billing-desk operator "
)

// vendorRole is the first role among words that nobody gets by an import.
func vendorRole(words []string) (string, bool) {
	i := slices.IndexFunc(words, func(w string) bool { return oneOf(vendorRoles, w) })
	if i < 0 {
		return "", false
	}
	return words[i], true
}

// keepRoles gives the words that are roles, and whether something was left out.
func keepRoles(words []string, lists ...string) (kept []string, dropped bool) {
	for _, w := range words {
		if slices.ContainsFunc(lists, func(list string) bool { return oneOf(list, w) }) {
			kept = append(kept, w)
		} else {
			dropped = true
		}
	}
	return kept, dropped
}

// oneOf looks for a word in a list with blanks around each; words with blanks inside are in none.
func oneOf(list, word string) bool {
	return !strings.ContainsRune(word, ' ') && strings.Contains(list, " "+word+" ")
}
