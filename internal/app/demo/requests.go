package demo

import (
	"context"
	"strings"
	"time"

	"lodge/internal/app"
	"lodge/internal/support"
	"lodge/internal/ticket"
)

// act is one thing somebody does with a request.
type act func(ctx context.Context, r *support.Requests, number string) error

func (w *World) reply(key, org, text string, then ticket.State) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		return r.Reply(ctx, w.actor(key, org), number, support.Reply{Text: text, Then: then})
	}
}

func (w *World) note(text string) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		return r.Note(ctx, w.actor("helpdesk", "customer"), number, ticket.Note{Internal: text})
	}
}

func (w *World) plan(key, org, title string, side ticket.Side, day int) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		_, err := r.PlanAction(ctx, w.actor(key, org), number, support.Plan{Title: title, Side: side, Date: w.day(day)})
		return err
	}
}

// unsent leaves a half-written reply behind.
func (w *World) unsent(key, org, text string) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		_, err := r.SaveUnsent(ctx, w.actor(key, org), number, support.Shared, text, time.Time{})
		return err
	}
}

func (w *World) move(key, org string, to ticket.State) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		return r.Move(ctx, w.actor(key, org), number, to, "")
	}
}

func (w *World) decide(key, org string, d support.Decision, text string) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		return r.Decide(ctx, w.actor(key, org), number, d, text)
	}
}

func (w *World) take(key, org string) act {
	return func(ctx context.Context, r *support.Requests, number string) error {
		return r.Own(ctx, w.actor(key, org), number)
	}
}

// makeRequests makes requests in every state, in the order of a story each.
func (w *World) makeRequests(ctx context.Context, a *app.App) error {
	type story struct {
		by, org string
		in      support.Opening
		acts    []act
	}
	open := func(product, kind, title, description string, severity int) support.Opening {
		return support.Opening{Product: w.Products[product], Kind: kind, Title: title, Description: description, Severity: severity}
	}
	draft := open("main", "question", "Which fonts does the export need?", "Not sent yet.", 4)
	draft.Draft = true
	stories := []story{
		{"customer-support", "customer", open("main", "defect", "Floating licences are released too early",
			"Since the upgrade of the licence server to 8.3.0, floating licences are released while people still work. It happens about six times a day, mostly to colleagues in Poznań.\n\nExpected: a licence stays checked out as long as Designer runs.", 2), []act{
			w.reply("partner-operator", "customer", "Thank you. I can reproduce it over a slow line, so I pass it on with the log. Until then set `HEARTBEAT_GRACE 300` in `halden.opt`.", ""),
			w.move("partner-operator", "customer", ticket.VendorAnalysis),
			w.take("helpdesk", "customer"),
			w.note("Same stack hash as in another report: the timeout constant was merged from the trial build. Not yet tested with triads."),
			w.plan("helpdesk", "customer", "Install hot fix 8.3.0-hf2 on the test server", ticket.Partner, 1),
			w.plan("helpdesk", "customer", "Restart the licence server; no floating licences for about ten minutes", ticket.Customer, 3),
			w.plan("helpdesk", "customer", "Check the server after two working days", ticket.Vendor, 5),
			w.reply("helpdesk", "customer", "The 8.3.0 daemon counts a heartbeat as lost after 30 seconds instead of 120.\n\n1. Install 8.3.0-hf2 on the licence server.\n2. Restart the daemon.\n3. Remove `HEARTBEAT_GRACE`, if you had set it.", ticket.SolutionProposed),
		}},
		{"customer-support", "customer", open("second", "question", "VAT period missing in the export", "The export of October holds no period of the VAT return.", 3), []act{
			w.move("partner-operator", "customer", ticket.VendorAnalysis),
			w.reply("helpdesk", "customer", "Which version of the accounting program do you run, and is the period set in its own settings?", ticket.Waiting),
		}},
		{"support-advanced", "customer", open("main", "defect", "Drawings over 4,000 parts do not open", "Designer stops without a message after about a minute.", 1), []act{
			w.move("partner-operator", "customer", ticket.VendorAnalysis),
			w.take("helpdesk", "customer"),
			w.plan("helpdesk", "customer", "Send a build with more logging", ticket.Vendor, 2),
			w.unsent("helpdesk", "customer", "The build with more logging is ready. Start it with `--trace` and"),
		}},
		{"customer-support-2", "customer", open("main", "question", "Move two node-locked licences", "Two workstations are replaced next week.", 3), []act{
			w.move("partner-operator", "customer", ticket.PartnerAnalysis),
		}},
		{"support-admin", "customer", open("third", "wish", "A shorter ring tone for internal calls", "The present one disturbs the office.", 4), nil},
		{"customer-support", "customer", open("main", "question", "How to change the language of the report", "", 4), []act{
			w.move("partner-operator", "customer", ticket.VendorAnalysis),
			w.reply("helpdesk", "customer", "Under *Report*, *Properties*, *Language*.", ticket.SolutionProposed),
			w.decide("customer-support", "customer", support.Accept, ""),
		}},
		{"support-advanced", "customer", open("main", "defect", "Import of old drawings loses layers", "Layer 7 is missing after the import.", 2), []act{
			w.move("partner-operator", "customer", ticket.VendorAnalysis),
			w.reply("helpdesk", "customer", "Please switch *Keep empty layers* on.", ticket.SolutionProposed),
			w.decide("support-advanced", "customer", support.Refuse, "The layer is not empty, and still lost."),
		}},
		{"customer-support-2", "customer", open("second", "question", "Two collectors on one server", "Is that supported?", 4), []act{
			w.decide("customer-support-2", "customer", support.Cancel, ""),
		}},
		{"customer-support", "customer", draft, nil},
		{"other-customer-admin", "other-customer", open("main", "defect", "Restored host asks for activation again", "After a restore from backup the host is unknown.", 2), []act{
			w.take("helpdesk", "other-customer"),
		}},
		{"other-customer-admin", "other-customer", open("main", "question", "Certificate of the update server", "Our proxy needs its fingerprint.", 3), nil},
	}
	log := strings.Repeat("10:42:07 heartbeat of PL-WS-114 lost after 30 s, licence released\n", 40)
	file, err := a.Blobs.Put(ctx, w.actor("customer-support", "customer"), int64(len(log)), strings.NewReader(log))
	if err != nil {
		return err
	}
	stories[0].in.Files = []ticket.Upload{{Blob: file.ID, Name: "licence-server.log"}}
	for _, s := range stories {
		if s.in.Description == "" {
			s.in.Description = s.in.Title
		}
		number, err := a.Requests.Open(ctx, w.actor(s.by, s.org), s.in)
		if err != nil {
			return err
		}
		if w.Example == "" {
			w.Example = number
		}
		for _, do := range s.acts {
			if err := do(ctx, a.Requests, number); err != nil {
				return err
			}
		}
	}
	return w.makeOrder(ctx, a)
}

// makeOrder orders a renewal of support, which the vendor works on.
func (w *World) makeOrder(ctx context.Context, a *app.App) error {
	number, _, err := a.Requests.Renew(ctx, w.actor("customer-admin", "customer"), w.Products["second"], "For three more years, and for two more servers.")
	if err != nil {
		return err
	}
	for _, do := range []act{
		w.move("helpdesk", "customer", ticket.VendorAnalysis),
		w.take("helpdesk", "customer"),
		w.plan("helpdesk", "customer", "Send the offer", ticket.Vendor, 2),
		w.reply("helpdesk", "customer", "Thank you. You get an offer for three years and five servers.", ""),
	} {
		if err := do(ctx, a.Requests, number); err != nil {
			return err
		}
	}
	return nil
}
