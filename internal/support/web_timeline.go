package support

import (
	"net/http"
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// entries are the timeline in the reader's words. They are counted as he sees them: a gap would tell of a note.
func (p Pages) entries(r *http.Request, a who.Actor, q Request, at string) (all []web.Entry) {
	pr := p.Site.Printer(r, a)
	for i, e := range q.Entries {
		entry := web.Entry{ID: "e" + strconv.Itoa(i+1), At: e.At, Author: e.AuthorName, Vendor: e.Side == ticket.Vendor}
		switch {
		case e.Visibility == ticket.Internal:
			entry.Kind, entry.Note, entry.Body = web.Internal, web.Say("support.internal", "vendor", q.Facts.Vendor), bodyOf(e)
		case e.Kind == ticket.EntryMessage, e.Kind == ticket.EntrySolution:
			entry.Kind, entry.Side, entry.Body = web.Message, sideOf(pr, e), bodyOf(e)
			if e.Kind == ticket.EntrySolution {
				entry.Kind, entry.Note = web.Solution, web.Say("support.solution")
			}
			for _, f := range q.Files {
				if f.Seq == e.Seq {
					entry.Files = append(entry.Files, attached(f, at))
				}
			}
		default:
			entry.Kind = web.Event
			entry.Icon, entry.Text = line(pr, e)
		}
		all = append(all, entry)
	}
	return all
}

// sideOf is "Kowalski Maszyny" or "Brightwater Systems, partner".
func sideOf(pr *lang.Printer, e ticket.Entry) string {
	switch {
	case e.OrgName == "" && e.Side == ticket.System:
		return ""
	case e.OrgName == "":
		return pr.T("ticket.side_" + string(e.Side))
	case e.Side == ticket.Partner:
		return pr.T("support.side_partner", "name", e.OrgName)
	case e.Side == ticket.Vendor:
		return pr.T("support.side_vendor", "name", e.OrgName)
	}
	return e.OrgName
}

// line is a change in one line.
func line(pr *lang.Printer, e ticket.Entry) (icon string, text web.Text) {
	d, err := e.Change()
	if err != nil {
		return "", web.Data("") // written by this program only: an unreadable detail has nothing to say
	}
	name := e.AuthorName
	if e.Side == ticket.Partner && e.OrgName != "" {
		name = e.OrgName
	}
	switch e.Kind {
	case ticket.EntryState:
		return "arrow-right", web.Say("ticket.line_state", "who", name, "from", stateWord(d.From), "to", stateWord(d.To))
	case ticket.EntrySeverity:
		key := "ticket.line_severity"
		if d.Text != "" {
			key = "ticket.line_severity_reason"
		}
		return "adjustments", web.Say(key, "who", name, "from", d.From, "to", d.To, "text", d.Text)
	case ticket.EntryOwner:
		return "user-check", web.Say("ticket.line_owner", "to", d.To)
	case ticket.EntryPartners:
		return "eye-off", web.Say("ticket.line_partners_"+d.Did, "who", name)
	}
	icon = map[string]string{ticket.Done: "check", ticket.Dropped: "x", "moved": "calendar"}[d.Did]
	if icon == "" {
		icon = "calendar"
	}
	key := "ticket.line_action_" + d.Did
	if d.Text != "" {
		key += "_result"
	}
	return icon, web.Say(key, "who", name, "title", d.Title, "from", pr.Day(d.From), "to", pr.Day(d.To), "text", d.Text)
}

func stateWord(s string) fault.Message { return fault.Msg("ticket.state_" + ticket.State(s).Key()) }

// attached is a file with its address; one that a scanner holds has none.
func attached(f ticket.File, at string) web.Attached {
	out := web.Attached{Name: f.Name, Size: f.Size, Href: at + "/files/" + f.ID}
	switch f.Scan {
	case ticket.NotScanned:
		out.Note = web.Say("support.not_scanned")
	case ticket.Held:
		out.Href, out.Note = "", web.Say("support.scan_held")
	}
	return out
}

// segment shows the vendor's people all, what everybody reads, or their notes.
func segment(r *http.Request, page requestPage, q Request) (web.Segment, []web.Entry) {
	show := r.URL.Query().Get("show")
	var shared, internal []web.Entry
	for _, e := range page.Entries {
		if e.Kind == web.Internal {
			internal = append(internal, e)
		} else {
			shared = append(shared, e)
		}
	}
	s := web.Segment{Label: web.Say("support.show"), Items: []web.Tab{
		{Href: page.At, Label: web.Say("support.show_all"), Current: show != "shared" && show != "internal"},
		{Href: page.At + "?show=shared", Label: web.Say("support.show_shared"), Count: &web.Count{N: len(shared)}, Current: show == "shared"},
		{Href: page.At + "?show=internal", Label: web.Say("support.show_internal"), Count: &web.Count{N: len(internal)}, Current: show == "internal"},
	}}
	switch show {
	case "shared":
		return s, shared
	case "internal":
		return s, internal
	}
	return s, page.Entries
}

// requestFacts stand beside the request.
func requestFacts(pr *lang.Printer, a who.Actor, q Request) web.Facts {
	t, f := q.Ticket, q.Facts
	var facts web.Facts
	add := func(label string, value web.Text, note web.Text) {
		if !value.Empty() {
			facts.Items = append(facts.Items, web.Fact{Label: web.Say(label), Value: value, Note: note})
		}
	}
	if t.RequestKind != "" {
		add("support.kind", web.Say("ticket.kind_"+t.RequestKind), web.Text{})
	}
	add("support.product", web.Data(f.Product), web.Text{})
	if ticket.SideOf(a) != ticket.Vendor {
		add("support.contract", contractOf(q), contractNote(pr, f))
	}
	add("support.opened", web.Text{Key: fault.Msg("support.opened_at", "at", t.CreatedAt)}, web.Text{})
	owner := web.Data(f.Owner)
	if f.Owner == "" {
		owner = web.Say("support.nobody")
	}
	add("support.owner", owner, web.Text{})
	add("support.formerly", web.Data(f.Aliases), web.Text{})
	return facts
}

// contractOf is the number of the support contract, or says that none covers the product; of what came from an old portal that is not known.
func contractOf(q Request) web.Text {
	if q.Facts.Contract == "" && q.Facts.Aliases == "" {
		return web.Say("support.contract_other")
	}
	return web.Data(q.Facts.Contract)
}

func contractNote(pr *lang.Printer, f Facts) web.Text {
	if f.Contract == "" {
		return web.Text{}
	}
	return web.Say("support.contract_until", "level", fault.Msg("support.level_"+f.Level), "day", pr.Day(f.EndsOn))
}

// customerFacts stand beside it for the vendor's people.
func customerFacts(pr *lang.Printer, q Request) web.Facts {
	f := q.Facts
	name := f.OrgName
	if f.City != "" {
		name += ", " + f.City
	}
	facts := web.Facts{Items: []web.Fact{{Label: web.Say("support.organisation"), Value: web.Data(strconv.FormatInt(f.OrgNumber, 10) + " – " + name)}}}
	if f.Partner != "" {
		note := web.Say("support.partner_reads")
		if q.Ticket.VendorOnly {
			note = web.Say("support.partner_withheld")
		}
		facts.Items = append(facts.Items, web.Fact{Label: web.Say("ticket.side_partner"), Value: web.Data(f.Partner), Note: note})
	}
	if c := contractOf(q); !c.Empty() {
		facts.Items = append(facts.Items, web.Fact{Label: web.Say("support.contract"), Value: c, Note: contractNote(pr, f)})
	}
	return facts
}

// participants are requester, author and owner, each once.
func participants(q Request) (all []personRow) {
	t := q.Ticket
	all = append(all, personRow{t.RequesterName, web.Say("support.as_requester")})
	if t.Author != t.Requester || t.AuthorName != t.RequesterName {
		all = append(all, personRow{t.AuthorName, web.Say("support.as_author")})
	}
	if q.Facts.Owner != "" {
		all = append(all, personRow{q.Facts.Owner, web.Say("support.as_owner")})
	}
	return all
}

// audience says who can see the request: organisations with numbers of people, no names.
func audience(q Request) (all []audienceRow) {
	for _, o := range q.Audience {
		row := audienceRow{Name: o.Name}
		if o.City != "" {
			row.Name += ", " + o.City
		}
		switch o.Kind {
		case "vendor":
			row.Note = web.Say("support.sees_vendor", "n", o.People)
		default:
			row.Note = web.Say("support.sees_people", "n", o.People)
			if o.Org == q.Ticket.Org {
				row.Note = web.Say("support.sees_own", "n", o.People)
			} else if o.Org == q.Ticket.Partner {
				row.Note = web.Say("support.sees_partner", "n", o.People)
			}
		}
		all = append(all, row)
	}
	return all
}
