package app

import (
	"embed"

	"lodge/internal/account"
	"lodge/internal/federation"
	"lodge/internal/home"
	"lodge/internal/identity"
	"lodge/internal/importer"
	"lodge/internal/openid"
	"lodge/internal/partner"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/search"
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/ticket"
	"lodge/internal/token"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// routes is every address of the portal, each with the right it needs.
func (a *App) routes() {
	s := a.Site
	door := identity.Pages{Identities: a.Identities, Site: s, Languages: lang.Languages, After: a.OpenID.After, Beside: []web.Link{{Href: openid.MineAt, Label: web.Say("openid.mine"), Icon: "world"}}}
	firms := federation.Pages{Federations: a.Federations, Site: s, SignIn: door}
	door.Company = firms.Company
	house := home.Pages{Home: a.Home, Site: s}
	allies := partner.Pages{Partners: a.Partners, Site: s}
	find := search.Pages{Search: a.Search, Site: s}
	desk := support.Pages{Requests: a.Requests, Files: a.Blobs, Site: s}
	files := web.Files(ticket.MaxFiles, blob.MaxFile)
	shelf := release.Pages{Releases: a.Releases, Site: s}
	goods := product.Pages{Products: a.Products, Site: s, Shelves: shelves}
	plans := subscription.Pages{Subscriptions: a.Subscriptions, Site: s, Shelves: shelves}
	parcels := web.Files(ticket.MaxFiles, release.MaxFile)
	keys := token.Pages{Tokens: a.Tokens, Site: s}
	websites := openid.Pages{Provider: a.OpenID, Site: s}
	clients := provision.Pages{Provisions: a.Provisions, Site: s, Shelves: shelves}
	exports := importer.Pages{Intakes: a.Imports, Site: s}
	people := account.Pages{Accounts: a.Accounts, Site: s, SignIn: door}

	s.Handle("GET /{$}", who.Person, a.start)
	s.Handle("GET /sign-in", who.Anybody, door.SignInForm)
	s.Handle("POST /sign-in", who.Anybody, door.SignInPost)
	s.Handle("POST /sign-in/passkey", who.Anybody, door.PasskeyPost)
	s.Handle("GET /sign-in/code", who.Anybody, door.StepForm(identity.StepCode))
	s.Handle("POST /sign-in/code", who.Anybody, door.StepPost(identity.StepCode))
	s.Handle("GET /sign-in/factor", who.Anybody, door.StepForm(identity.StepTOTP))
	s.Handle("POST /sign-in/factor", who.Anybody, door.StepPost(identity.StepTOTP))
	s.Handle("GET /sign-in/set-up", who.Anybody, door.StepForm(identity.StepSetUp))
	s.Handle("POST /sign-in/set-up", who.Anybody, door.StepPost(identity.StepSetUp))
	s.Handle("POST /sign-out", who.Anybody, door.SignOutPost)
	s.Handle("GET "+federation.At+"/{connection}", who.Anybody, firms.Leaving)
	s.Stream("GET "+federation.At+"/{connection}/go", who.Anybody, firms.Go)
	s.Stream("GET "+federation.At+"/{connection}/callback", who.Anybody, firms.Back)
	s.Stream("POST "+federation.At+"/{connection}/logout", who.Anybody, firms.SignOutPost)
	s.Handle("GET "+federation.At+"/{connection}/link", who.Anybody, firms.WaitingForm)
	s.Handle("POST "+federation.At+"/{connection}/link", who.Person, firms.WaitingPost)
	s.Handle("GET /forgotten", who.Anybody, door.AskForm(identity.Reset))
	s.Handle("POST /forgotten", who.Anybody, door.AskPost(identity.Reset))
	s.Handle("GET /forgotten/{token}", who.Anybody, door.Link("/forgotten/new"))
	s.Handle("GET /forgotten/new", who.Anybody, door.PasswordForm(identity.Reset))
	s.Handle("POST /forgotten/new", who.Anybody, door.PasswordPost(identity.Reset))
	s.Handle("GET /register", who.Anybody, door.AskForm(identity.Register))
	s.Handle("POST /register", who.Anybody, door.AskPost(identity.Register))
	s.Handle("GET /register/{token}", who.Anybody, door.Link("/register/new"))
	s.Handle("GET /register/new", who.Anybody, door.PasswordForm(identity.Register))
	s.Handle("POST /register/new", who.Anybody, door.PasswordPost(identity.Register))
	s.Handle("GET /invitation/{token}", who.Anybody, door.Link("/invitation/open"))
	s.Handle("GET /invitation/open", who.Anybody, people.InvitationForm)
	s.Handle("POST /invitation/open", who.Anybody, people.InvitationPost)
	s.Handle("POST /invitation/decline", who.Anybody, people.DeclinePost)

	s.Handle("GET /email/{token}", who.Anybody, door.Link("/me/email/confirm"))
	s.Handle("GET /email/stop/{token}", who.Anybody, door.Link("/email/stop"))
	s.Handle("GET /email/stop", who.Anybody, door.OldEmailForm)
	s.Handle("POST /email/stop", who.Anybody, door.OldEmailPost)

	s.Handle("GET /me/{$}", who.Person, door.ProfileForm)
	s.Handle("POST /me/{$}", who.Person, door.ProfilePost)
	s.Handle("GET /me/email", who.Person, door.EmailForm)
	s.Handle("POST /me/email", who.Person, door.EmailPost)
	s.Handle("POST /me/email/cancel", who.Person, door.EmailCancel)
	s.Handle("GET /me/email/confirm", who.Person, door.NewEmailForm)
	s.Handle("POST /me/email/confirm", who.Person, door.NewEmailPost)
	s.Handle("GET /me/invitations", who.Person, people.BlocksPage)
	s.Handle("POST /me/invitations", who.Person, people.BlocksPost)
	s.Handle("GET /me/security", who.Person, door.SecurityPage)
	s.Handle("GET /me/sessions", who.Person, door.SecurityPage)
	s.Handle("POST /me/password", who.Person, door.PasswordChange)
	s.Handle("POST /me/factor/begin", who.Person, door.FactorBegin)
	s.Handle("POST /me/factor/confirm", who.Person, door.FactorConfirm)
	s.Handle("POST /me/factor/cancel", who.Person, door.FactorCancel)
	s.Handle("POST /me/factor/remove", who.Person, door.FactorRemove)
	s.Handle("POST /me/factor/replace", who.Person, door.FactorReplace)
	s.Handle("POST /me/recovery", who.Person, door.RecoveryRenew)
	s.Handle("POST /me/passkeys", who.Person, door.PasskeyAdd)
	s.Handle("POST /me/passkeys/{passkey}/remove", who.Person, door.PasskeyRemove)
	s.Handle("GET "+federation.LinksAt, who.Person, firms.Links)
	s.Handle("POST "+federation.LinksAt+"/{connection}/link", who.Person, firms.LinkPost)
	s.Handle("POST "+federation.LinksAt+"/{connection}/unlink", who.Person, firms.UnlinkPost)
	s.Handle("POST /me/sessions/{session}/revoke", who.Person, door.SessionRevoke)
	s.Handle("GET "+keysAt, who.Person, a.keysForm)
	s.Handle("POST "+keysAt, who.Person, a.keysPost)
	s.Handle("GET "+account.PlacesAt, who.Person, people.PlacesPage)
	s.Handle("GET "+contextAt, who.Person, a.switched)
	s.Handle("POST "+contextAt, who.Person, people.SwitchPost)
	s.Handle("GET "+dataAt, who.Person, a.dataForm)
	s.Handle("POST "+dataAt, who.Person, a.dataPost)
	s.Stream("GET "+dataAt+"/file", who.Person, a.dataFile)
	s.Handle("POST /me/close", who.Person, a.closePost)
	s.Handle("POST /me/context/stay", who.Person, people.StayPost)

	s.Context("GET", "asks", account.StageRoles, people.AsksPage)
	s.Handle("POST /o/{number}"+account.AsksAt, account.ViewHome, people.AskPost)
	s.Context("POST", "asks/{ask}/refuse", account.StageRoles, people.AskRefuse)
	s.Context("GET", "contacts", account.ViewContacts, people.ContactsList)
	s.Context("POST", "contacts/{contact}/roles", account.StageRoles, people.ContactRoles)
	s.Context("POST", "contacts/{contact}/obsolete", account.GrantRoles, people.ContactObsolete)
	s.Context("POST", "contacts/{contact}/bring-back", account.Invite, people.ContactBack)
	s.Context("POST", "contacts/changes/apply", account.StageRoles, people.ContactsApply)
	s.Context("POST", "contacts/changes/discard", account.StageRoles, people.ContactsDiscard)
	s.Context("GET", "contacts/new", account.Invite, people.ContactForm)
	s.Context("POST", "contacts/new", account.Invite, people.ContactPost)
	s.Context("GET", "contacts/many", account.Invite, people.ManyForm)
	s.Context("POST", "contacts/many", account.Invite, people.ManyPost, web.Files(1, account.MaxList))
	s.Context("GET", "contacts/{contact}/correct", account.Invite, people.CorrectForm)
	s.Context("POST", "contacts/{contact}/correct", account.Invite, people.CorrectPost)
	s.Context("POST", "contacts/{contact}/resend", account.Invite, people.ContactResend)
	s.Context("POST", "contacts/{contact}/withdraw", account.Invite, people.ContactWithdraw)

	s.Handle("GET /o/{number}"+partner.At, partner.View, allies.List)
	s.Handle("GET /o/{number}"+partner.At+"/ask", partner.Manage, allies.AskForm)
	s.Handle("POST /o/{number}"+partner.At+"/ask", partner.Manage, allies.AskPost)
	s.Handle("GET /o/{number}"+partner.At+"/{partnership}", partner.View, allies.Show)
	s.Handle("POST /o/{number}"+partner.At+"/{partnership}", partner.Manage, allies.Change)
	s.Handle("POST /o/{number}"+partner.At+"/{partnership}/end", partner.Manage, allies.End)
	s.Handle("GET /o/{number}"+partner.AskAt+"/{ask}", partner.Manage, allies.ShowAsk)
	s.Handle("POST /o/{number}"+partner.AskAt+"/{ask}/agree", partner.Manage, allies.Agree)
	s.Handle("POST /o/{number}"+partner.AskAt+"/{ask}/refuse", partner.Manage, allies.Refuse)
	s.Handle("POST /o/{number}"+partner.AskAt+"/{ask}/withdraw", partner.Manage, allies.Withdraw)

	s.Context("GET", "", account.ViewHome, house.HomePage)
	s.Context("GET", "events", account.ViewEvents, house.EventsPage)
	s.StreamContext("GET", "events/export.csv", account.ViewEvents, house.ExportEvents)
	s.Context("GET", "search", account.ViewHome, find.SearchPage)

	s.Context("GET", "requests", support.ViewRequests, desk.List)
	s.Context("GET", "requests/new", support.OpenRequests, desk.New)
	s.Context("POST", "requests/new", support.OpenRequests, desk.Create, files)
	s.Context("GET", "requests/{ticket}", support.ViewRequests, desk.Show)
	s.Context("POST", "requests/{ticket}/draft", support.OpenRequests, desk.ChangeDraft, files)
	s.Context("POST", "requests/{ticket}/discard", support.OpenRequests, desk.DiscardDraft)
	s.Context("POST", "requests/{ticket}/files/{file}/remove", support.OpenRequests, desk.RemoveDraftFile)
	s.StreamContext("GET", "requests/{ticket}/files/{file}", support.ViewRequests, desk.Download)
	s.Context("POST", "requests/{ticket}/replies", support.Answer, desk.Reply, files)
	s.Context("POST", "requests/{ticket}/notes", support.WriteNotes, desk.Note)
	s.Context("POST", "requests/{ticket}/replies/draft", support.Answer, desk.SaveUnsent(support.Shared))
	s.Context("POST", "requests/{ticket}/replies/draft/discard", support.Answer, desk.DiscardUnsent(support.Shared))
	s.Context("POST", "requests/{ticket}/notes/draft", support.WriteNotes, desk.SaveUnsent(support.Internal))
	s.Context("POST", "requests/{ticket}/notes/draft/discard", support.WriteNotes, desk.DiscardUnsent(support.Internal))
	s.Context("POST", "requests/{ticket}/decision", support.Decide, desk.Decide)
	s.Context("POST", "requests/{ticket}/state", support.Handle, desk.Move)
	s.Context("POST", "requests/{ticket}/severity", support.ChangeSeverity, desk.SetSeverity)
	s.Context("POST", "requests/{ticket}/owner", support.Handle, desk.Own)
	s.Context("POST", "requests/{ticket}/partners", support.Withhold, desk.Withhold)
	s.Context("POST", "requests/{ticket}/actions", support.PlanActions, desk.PlanAction)
	s.Context("GET", "requests/{ticket}/actions/{action}", support.ViewRequests, desk.Action)
	s.Context("POST", "requests/{ticket}/actions/{action}/move", support.PlanActions, desk.MoveAction)
	s.Context("POST", "requests/{ticket}/actions/{action}/done", support.Answer, desk.FinishAction)
	s.Context("POST", "requests/{ticket}/actions/{action}/drop", support.PlanActions, desk.DropAction)
	s.Handle("GET /o/{number}/desk", support.ViewDesk, desk.Desk)

	s.Context("GET", "downloads/renew", support.Order, desk.RenewForm)
	s.Context("POST", "downloads/renew", support.Order, desk.Renew)
	s.Context("GET", "orders", support.Order, desk.Orders)
	s.Context("GET", "orders/{ticket}", support.Order, desk.Show)
	s.StreamContext("GET", "orders/{ticket}/files/{file}", support.Order, desk.Download)
	s.Context("POST", "orders/{ticket}/replies", support.Order, desk.Reply, files)
	s.Context("POST", "orders/{ticket}/notes", support.WriteNotes, desk.Note)
	s.Context("POST", "orders/{ticket}/replies/draft", support.Order, desk.SaveUnsent(support.Shared))
	s.Context("POST", "orders/{ticket}/replies/draft/discard", support.Order, desk.DiscardUnsent(support.Shared))
	s.Context("POST", "orders/{ticket}/notes/draft", support.WriteNotes, desk.SaveUnsent(support.Internal))
	s.Context("POST", "orders/{ticket}/notes/draft/discard", support.WriteNotes, desk.DiscardUnsent(support.Internal))
	s.Context("POST", "orders/{ticket}/decision", support.Decide, desk.Decide)
	s.Context("POST", "orders/{ticket}/state", support.Handle, desk.Move)
	s.Context("POST", "orders/{ticket}/severity", support.ChangeSeverity, desk.SetSeverity)
	s.Context("POST", "orders/{ticket}/owner", support.Handle, desk.Own)
	s.Context("POST", "orders/{ticket}/partners", support.Withhold, desk.Withhold)
	s.Context("POST", "orders/{ticket}/actions", support.PlanActions, desk.PlanAction)
	s.Context("GET", "orders/{ticket}/actions/{action}", support.PlanActions, desk.Action)
	s.Context("POST", "orders/{ticket}/actions/{action}/move", support.PlanActions, desk.MoveAction)
	s.Context("POST", "orders/{ticket}/actions/{action}/done", support.Order, desk.FinishAction)
	s.Context("POST", "orders/{ticket}/actions/{action}/drop", support.PlanActions, desk.DropAction)

	s.Context("GET", "downloads", release.Take, shelf.Downloads)
	s.StreamContext("GET", "downloads/history.csv", release.Take, shelf.HistoryCSV)
	s.StreamContext("GET", "downloads/{file}", release.Take, shelf.Fetch)
	s.StreamContext("GET", "downloads/{file}/signature", release.Take, shelf.Signature)
	s.Handle("GET /o/{number}/customers", provision.ViewCustomers, clients.List)
	s.Stream("GET /o/{number}/customers/export.csv", provision.ViewCustomers, clients.Export)
	s.Handle("GET /o/{number}/customers/new", provision.CreateCustomers, clients.New)
	s.Handle("POST /o/{number}/customers/new", provision.CreateCustomers, clients.Create)
	s.Handle("GET /o/{number}/customers/new/{draft}/{step}", provision.CreateCustomers, clients.Step)
	s.Handle("POST /o/{number}/customers/new/{draft}/{step}", provision.CreateCustomers, clients.Save)
	s.Handle("POST /o/{number}/customers/new/{draft}/discard", provision.CreateCustomers, clients.Discard)
	s.Handle("GET /o/{number}/customers/{account}", provision.ViewCustomers, clients.Show)
	s.Handle("POST /o/{number}/customers/{account}", provision.EditCustomers, clients.Change)

	s.Handle("GET /o/{number}/catalogue", product.ViewCatalogue, goods.List)
	s.Handle("GET /o/{number}/catalogue/new", product.Manage, goods.New)
	s.Handle("POST /o/{number}/catalogue/new", product.Manage, goods.Create)
	s.Handle("GET /o/{number}/catalogue/{product}", product.ViewCatalogue, goods.Show)
	s.Handle("POST /o/{number}/catalogue/{product}", product.Manage, goods.Change)
	s.Handle("GET /o/{number}"+subscription.At, subscription.ManageTypes, plans.ListTypes)
	s.Handle("GET /o/{number}"+subscription.At+"/new", subscription.ManageTypes, plans.NewType)
	s.Handle("POST /o/{number}"+subscription.At+"/new", subscription.ManageTypes, plans.CreateType)
	s.Handle("GET /o/{number}"+subscription.At+"/{type}", subscription.ManageTypes, plans.ShowType)
	s.Handle("POST /o/{number}"+subscription.At+"/{type}", subscription.ManageTypes, plans.ChangeType)
	s.Handle("GET /o/{number}/catalogue/resellers", provision.ManageResellers, clients.Resellers)
	s.Handle("GET /o/{number}/catalogue/resellers/{reseller}", provision.ManageResellers, clients.Reseller)
	s.Handle("POST /o/{number}/catalogue/resellers/{reseller}", provision.ManageResellers, clients.SetReseller)
	s.Handle("GET /o/{number}/releases", release.ViewReleases, shelf.List)
	s.Handle("GET /o/{number}/releases/new", release.Manage, shelf.New)
	s.Handle("POST /o/{number}/releases/new", release.Manage, shelf.Create)
	s.Handle("GET /o/{number}/releases/keys", release.ViewReleases, shelf.KeysForm)
	s.Handle("POST /o/{number}/releases/keys", release.Manage, shelf.AddKey)
	s.Handle("POST /o/{number}/releases/keys/{key}/end", release.Manage, shelf.EndKey)
	s.Handle("GET /o/{number}/releases/{release}", release.ViewReleases, shelf.Show)
	s.Handle("POST /o/{number}/releases/{release}/signatures", release.Manage, shelf.AddSignatures, web.Files(100, release.MaxSignature))
	s.Handle("POST /o/{number}/releases/{release}", release.Manage, shelf.Change)
	s.Handle("POST /o/{number}/releases/{release}/files", release.Manage, shelf.AddFiles, parcels)
	s.Stream("OPTIONS /o/{number}/releases/{release}/uploads", release.Manage, shelf.UploadOptions)
	s.Stream("POST /o/{number}/releases/{release}/uploads", release.Manage, shelf.BeginUpload)
	s.Stream("GET /o/{number}/releases/{release}/uploads/{upload}", release.Manage, shelf.ShowUpload)
	s.Stream("PATCH /o/{number}/releases/{release}/uploads/{upload}", release.Manage, shelf.GoOnUpload)
	s.Stream("DELETE /o/{number}/releases/{release}/uploads/{upload}", release.Manage, shelf.StopUpload)
	s.Stream("GET /o/{number}/releases/{release}/files/{file}", release.ViewReleases, shelf.Download)
	s.Handle("POST /o/{number}/releases/{release}/files/{file}/remove", release.Manage, shelf.RemoveFile)
	s.Handle("POST /o/{number}/releases/{release}/publish", release.Manage, shelf.Publish)
	s.Handle("POST /o/{number}/releases/{release}/withdraw", release.Manage, shelf.Withdraw)
	s.Handle("POST /o/{number}/releases/{release}/discard", release.Manage, shelf.Discard)

	s.Handle("GET /o/{number}"+token.At, token.Manage, keys.ListPage)
	s.Handle("GET /o/{number}"+token.At+"/new", token.Manage, keys.NewForm)
	s.Handle("POST /o/{number}"+token.At+"/new", token.Manage, keys.NewPost)
	s.Handle("POST /o/{number}"+token.At+"/{key}/replace", token.Manage, keys.ReplacePost)
	s.Handle("POST /o/{number}"+token.At+"/{key}/revoke", token.Manage, keys.RevokePost)
	s.Handle("GET "+token.MineAt, who.Person, keys.MinePage)
	s.Handle("POST "+token.MineAt+"/{key}/revoke", who.Person, keys.RevokeMinePost)

	s.Handle("GET /o/{number}"+openid.At, openid.Manage, websites.ListPage)
	s.Handle("GET /o/{number}"+openid.At+"/new", openid.Manage, websites.NewForm)
	s.Handle("POST /o/{number}"+openid.At+"/new", openid.Manage, websites.NewPost)
	s.Handle("POST /o/{number}"+openid.At+"/key", openid.Manage, websites.KeyPost)
	s.Handle("GET /o/{number}"+openid.At+"/{website}", openid.Manage, websites.Show)
	s.Handle("POST /o/{number}"+openid.At+"/{website}", openid.Manage, websites.Save)
	s.Handle("POST /o/{number}"+openid.At+"/{website}/secret", openid.Manage, websites.SecretPost)
	s.Handle("POST /o/{number}"+openid.At+"/{website}/disable", openid.Manage, websites.DisablePost)
	s.Handle("POST /o/{number}"+openid.At+"/{website}/enable", openid.Manage, websites.EnablePost)
	s.Handle("POST /o/{number}"+openid.At+"/{website}/delete", openid.Manage, websites.DeletePost)

	s.Handle("GET "+openid.MineAt, who.Person, websites.MinePage)
	s.Handle("POST "+openid.MineAt+"/{website}/revoke", who.Person, websites.ForgetPost)

	s.Stream("GET "+openid.AuthorizeAt, who.Anybody, websites.Authorize)
	s.Handle("GET /oauth/consent", who.Person, websites.ConsentForm)
	s.Handle("POST /oauth/consent", who.Person, websites.ConsentPost)
	s.Handle("GET /oauth/onward", who.Anybody, websites.Onward)
	s.Stream("GET "+openid.LogoutAt, who.Anybody, websites.Logout)
	s.Handle("GET /oauth/sign-out", who.Anybody, websites.SignOutForm)
	s.Handle("POST /oauth/sign-out", who.Anybody, websites.SignOutPost)
	s.Handle("GET /oauth/signed-out", who.Anybody, websites.SignedOut)
	s.Mount("GET "+openid.DiscoveryAt, a.OpenID.Discovery(), openid.Fail)
	s.Mount("GET "+openid.KeysAt, a.OpenID.PublicKeys(a.Config.Log), openid.Fail)
	s.Mount("POST "+openid.TokenAt, a.OpenID.Token(), openid.Fail)
	s.Mount("POST "+openid.RevokeAt, a.OpenID.Revoke(), openid.Fail)
	s.Mount("GET "+openid.UserinfoAt, a.OpenID.Userinfo(a.Config.Log), openid.Fail)
	s.Mount("POST "+openid.UserinfoAt, a.OpenID.Userinfo(a.Config.Log), openid.Fail)
	s.Handle("GET /o/{number}"+federation.SettingsAt, federation.Manage, firms.Settings)
	s.Handle("POST /o/{number}"+federation.SettingsAt, federation.Manage, firms.SettingsPost)
	s.Handle("POST /o/{number}"+federation.SettingsAt+"/domains", federation.Manage, firms.DomainPost)
	s.Handle("POST /o/{number}"+federation.SettingsAt+"/domains/{domain}/check", federation.Manage, firms.DomainCheck)
	s.Handle("POST /o/{number}"+federation.SettingsAt+"/domains/{domain}/remove", federation.Manage, firms.DomainRemove)
	s.Handle("POST /o/{number}"+federation.SettingsAt+"/on", federation.Manage, firms.Turn(federation.On))
	s.Handle("POST /o/{number}"+federation.SettingsAt+"/off", federation.Manage, firms.Turn(federation.Off))
	s.Handle("POST /o/{number}"+federation.SettingsAt+"/remove", federation.Manage, firms.RemovePost)

	s.Handle("GET /o/{number}"+importer.At, importer.Manage, exports.List)
	s.Handle("POST /o/{number}"+importer.At, importer.Manage, exports.HandIn, web.Files(1, importer.MaxExport))
	s.Handle("GET /o/{number}"+importer.At+"/{import}", importer.Manage, exports.Show)
	s.Handle("POST /o/{number}"+importer.At+"/{import}/start", importer.Manage, exports.Start)
	s.Handle("POST /o/{number}"+importer.At+"/{import}/stop", importer.Manage, exports.Stop)
	s.Handle("POST /o/{number}"+importer.At+"/{import}/discard", importer.Manage, exports.Discard)
	s.Stream("GET /o/{number}"+importer.At+"/{import}/report.csv", importer.Manage, exports.Report)

	a.api()
	s.Mount("GET /healthz", health, nil)
	s.Mount("GET /readyz", a.ready(), nil)
	if a.Config.Demo {
		s.Handle("GET /-/gallery", who.Anybody, web.Gallery(s))
		s.Handle("GET /-/mail", who.Anybody, a.mailPage)
		s.Mount("GET /-/mail.json", a.mailJSON(), nil)
	}
}
