package support

import (
	"html/template"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func moveOf(a who.Actor, t ticket.Ticket, y typed) *movePart {
	next := NextStates(a, t)
	if len(next) == 0 {
		return nil
	}
	return &movePart{
		State: y.of("move", web.Field{Name: "state", Type: "select", Label: web.Say("support.next_state"), Options: stateOptions(next...)}),
		Text:  y.of("move", web.Field{Name: "text", ID: "move-text", Type: "textarea", Rows: 2, Label: web.Say("support.message"), Hint: web.Say("support.message_hint"), Optional: true}),
	}
}

func rateOf(t ticket.Ticket, helper bool, y typed) *ratePart {
	options := severityOptions()
	options[t.Severity-1].Chosen = true
	return &ratePart{
		Severity: y.of("severity", web.Field{Name: "severity", Type: "select", Label: web.Say("support.severity"), Options: options}),
		Reason:   y.of("severity", web.Field{Name: "reason", Label: web.Say("support.reason"), Optional: !helper, Max: ticket.MaxTitle, Autocomplete: "off"}),
	}
}

// bodyOf is a message that was cleaned when it was written.
func bodyOf(e ticket.Entry) template.HTML { return template.HTML(e.HTML) }
