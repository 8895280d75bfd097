package app_test

import (
	"fmt"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// Why no program does what a page does.
const (
	ownWayIn   = "- a person's own way in: the API takes no password"
	ownAccount = "- a person's own account: a token belongs to an organisation and reaches no one's account"
	ownKeys    = "- no token manages tokens"
	unsent     = "- half a form: what a program does not send it keeps itself"
	inAddress  = "- a token's context is its owner, and the customer stands in the address"
	browser    = "- a setting of one browser, in its cookie"
	ownKey     = "- the key that signs changes by itself; by hand after an accident, by a person who shows that it is he"
	ownCompany = "- how the people of a company sign in is decided by an administrator who has just shown who he is"
	upstream   = "- a company's own sign-in says it with a token of its own"
	oldPortals = "- another portal is taken over once, by an operator: on the page or with lodge import"
)

// doors says by which operation a program does what a page does, or why none does. The address is the page's below the organisation's.
var doors = map[string]string{
	"POST /sign-in": ownWayIn, "POST /sign-in/passkey": ownWayIn, "POST /sign-in/code": ownWayIn, "POST /sign-in/factor": ownWayIn, "POST /sign-in/set-up": ownWayIn, "POST /sign-out": ownWayIn,
	"POST /forgotten": ownWayIn, "POST /forgotten/new": ownWayIn, "POST /register": ownWayIn, "POST /register/new": ownWayIn, "POST /invitation/open": ownWayIn,
	"POST /me/": ownAccount, "POST /me/password": ownAccount, "POST /me/factor/begin": ownAccount, "POST /me/factor/confirm": ownAccount, "POST /me/factor/remove": ownAccount, "POST /me/factor/replace": ownAccount, "POST /me/recovery": ownAccount,
	"POST /me/passkeys": ownAccount, "POST /me/passkeys/{passkey}/remove": ownAccount,
	"POST /me/email": ownAccount, "POST /me/email/cancel": ownAccount, "POST /me/email/confirm": ownAccount, "POST /email/stop": ownWayIn, "POST /me/data": ownAccount, "POST /me/factor/cancel": ownAccount, "POST /me/invitations": ownAccount, "POST /invitation/decline": ownWayIn, "POST /me/close": ownAccount,
	"POST /me/sessions/{session}/revoke": ownAccount, "POST /me/keys": browser, "POST /me/context": inAddress, "POST /me/context/stay": inAddress,
	"POST settings/api/new": ownKeys, "POST settings/api/{key}/replace": ownKeys, "POST settings/api/{key}/revoke": ownKeys, "POST /me/tokens/{key}/revoke": ownKeys,

	"POST asks": "- a person asks for a right; what a token lacks its maker gives it", "POST asks/{ask}/refuse": "POST /role-asks/{ask}/refuse",
	"POST /me/websites/{website}/revoke": ownAccount, "POST /oauth/consent": ownWayIn, "POST /oauth/sign-out": ownWayIn,
	"POST settings/websites/new": "POST /websites", "POST settings/websites/{website}": "PATCH /websites/{website}", "POST settings/websites/{website}/secret": "POST /websites/{website}/secret",
	"POST settings/websites/{website}/disable": "POST /websites/{website}/disable", "POST settings/websites/{website}/enable": "POST /websites/{website}/enable",
	"POST settings/websites/{website}/delete": "DELETE /websites/{website}", "POST settings/websites/key": ownKey,
	"POST /sign-in/company/{connection}/link": ownWayIn, "POST /sign-in/company/{connection}/logout": upstream,
	"POST /me/security/company/{connection}/link": ownAccount, "POST /me/security/company/{connection}/unlink": ownAccount,
	"POST settings/sign-in": ownCompany, "POST settings/sign-in/domains": ownCompany, "POST settings/sign-in/domains/{domain}/check": ownCompany,
	"POST settings/sign-in/domains/{domain}/remove": ownCompany, "POST settings/sign-in/on": ownCompany, "POST settings/sign-in/off": ownCompany, "POST settings/sign-in/remove": ownCompany,

	"POST contacts/new": "POST /contacts", "POST contacts/many": "POST /contacts/bulk", "POST contacts/{contact}/correct": "POST /contacts/{contact}/correct", "POST contacts/{contact}/resend": "POST /contacts/{contact}/resend", "POST contacts/{contact}/withdraw": "POST /contacts/{contact}/withdraw",
	"POST contacts/{contact}/roles": "PUT /contacts/{contact}/roles", "POST contacts/{contact}/obsolete": "POST /contacts/{contact}/obsolete", "POST contacts/{contact}/bring-back": "POST /contacts/{contact}/bring-back",
	"POST contacts/changes/apply": "POST /contacts/changes/apply", "POST contacts/changes/discard": "POST /contacts/changes/discard",

	"POST partners/ask": "POST /partner-asks", "POST partners/{partnership}": "PATCH /partnerships/{partnership}", "POST partners/{partnership}/end": "POST /partnerships/{partnership}/end",
	"POST partner-asks/{ask}/agree": "POST /partner-asks/{ask}/agree", "POST partner-asks/{ask}/refuse": "POST /partner-asks/{ask}/refuse",
	"POST partner-asks/{ask}/withdraw": "POST /partner-asks/{ask}/withdraw",

	"POST requests/new": "POST /requests", "POST requests/{ticket}/draft": unsent, "POST requests/{ticket}/discard": unsent, "POST requests/{ticket}/files/{file}/remove": unsent,
	"POST downloads/renew": "POST /orders",

	"POST customers/new": "POST /customers", "POST customers/new/{draft}/{step}": "POST /customers", "POST customers/new/{draft}/discard": unsent,
	"POST customers/{account}": "PATCH /customers/{number}",

	"POST settings/import": "POST /imports", "POST settings/import/{import}/start": "POST /imports/{id}/start", "POST settings/import/{import}/stop": "POST /imports/{id}/stop",
	"POST settings/import/{import}/discard": "DELETE /imports/{id}",

	"POST catalogue/new": "POST /catalogue", "POST catalogue/{product}": "PATCH /catalogue/{product}", "POST catalogue/types/new": "POST /product-types",
	"POST catalogue/types/{type}": "PATCH /product-types/{code}", "POST catalogue/resellers/{reseller}": "PATCH /resellers/{number}",

	"POST releases/new": "POST /releases", "POST releases/{release}": "PATCH /releases/{id}", "POST releases/{release}/files": "PUT /releases/{id}/files/{name}",
	"POST releases/{release}/files/{file}/remove": "DELETE /releases/{id}/files/{name}", "POST releases/{release}/signatures": "PUT /releases/{id}/files/{name}/signature",
	"POST releases/{release}/publish": "POST /releases/{id}/publish", "POST releases/{release}/withdraw": "POST /releases/{id}/withdraw", "POST releases/{release}/discard": "DELETE /releases/{id}",
	"POST releases/keys": "POST /release-keys", "POST releases/keys/{key}/end": "POST /release-keys/{key}/end",
	"POST releases/{release}/uploads": "POST /uploads", "PATCH releases/{release}/uploads/{upload}": "PATCH /uploads/{upload}", "DELETE releases/{release}/uploads/{upload}": "DELETE /uploads/{upload}",
}

// onTickets is what both requests and orders have.
var onTickets = map[string]string{
	"replies": "POST messages", "notes": "POST messages", "replies/draft": unsent, "replies/draft/discard": unsent, "notes/draft": unsent, "notes/draft/discard": unsent,
	"decision": "POST decision", "state": "POST state", "severity": "POST severity", "owner": "POST owner", "partners": "POST partners", "actions": "POST actions",
	"actions/{action}/move": "PATCH actions/{action}", "actions/{action}/done": "PATCH actions/{action}", "actions/{action}/drop": "PATCH actions/{action}",
}

// doorOf is what the table says of a page's act.
func doorOf(page string) (door string, known bool) {
	if door, known = doors[page]; known {
		return door, true
	}
	if _, at, _ := strings.Cut(page, " "); at == "settings/import" || strings.HasPrefix(at, "settings/import/") {
		return oldPortals, true
	}
	for _, kind := range []string{"requests", "orders"} {
		if rest, ok := strings.CutPrefix(page, "POST "+kind+"/{ticket}/"); ok {
			door, known = onTickets[rest]
			if method, path, op := strings.Cut(door, " "); op && method != "-" {
				door = method + " /" + kind + "/{number}/" + path
			}
			return door, known
		}
	}
	return "", false
}

// TestDoors: whatever people do on a page programs do by an operation, unless the table says why not.
func TestDoors_programs_do_what_pages_do(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	ops, asked := map[string]bool{}, map[string]bool{}
	for _, op := range p.API.Operations {
		ops[op.Method+" "+strings.TrimPrefix(op.Path, "/api/v1")] = true
	}
	for _, r := range p.Site.Routes {
		if r.Kind == "mount" || r.Method == "GET" || r.Method == "OPTIONS" || r.Method == "" {
			continue
		}
		at := strings.TrimPrefix(r.Pattern, "/o/{number}/")
		customer := strings.HasPrefix(at, "for/{customer}/")
		page := r.Method + " " + strings.TrimPrefix(at, "for/{customer}/")
		asked[page] = true
		door, known := doorOf(page)
		method, path, _ := strings.Cut(door, " ")
		if customer {
			path = "/for/{customer}" + path
		}
		switch {
		case !known:
			t.Errorf("%s: no operation of the API does it, and nothing says why", page)
		case method != "-" && !ops[method+" "+path]:
			t.Errorf("%s: the API has no %s %s", page, method, path)
		}
	}
	for page := range doors {
		if !asked[page] {
			t.Errorf("no page has %s any more", page)
		}
	}
	if len(asked) < 60 {
		t.Errorf("only %d pages were looked at: %v", len(asked), fmt.Sprint(asked))
	}
}
