package support

import (
	"context"

	"lodge/internal/platform/api"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func (p API) registerBulk(s *api.API) {
	api.Context(s, api.Op{ID: "change-many-requests", Method: "POST", Path: "/requests/bulk", Tag: chapter, Summary: "Set the state or the severity of many requests",
		Text: "For helpers, up to 100 at once. The answer has one row for each, in the order of the call: `done`, `refused` with code and message, or `unknown`. " +
			"With `all_or_nothing` all are done, or none and the answer is a 409 that says at each row why."}, Handle, p.bulk)
}

type bulkBody struct {
	Body struct {
		Requests []string `json:"requests" required:"true" doc:"Numbers."`
		State    string   `json:"state,omitempty" enum:"partner-analysis,vendor-analysis,waiting-for-information,cancelled" doc:"Either this or severity."`
		Severity int      `json:"severity,omitempty" doc:"1 urgent to 4 low."`
		Text     string   `json:"text,omitempty" doc:"Message with a state, reason of a severity; Markdown."`
		Whole    bool     `json:"all_or_nothing,omitempty"`
	}
}

// bulkRow is what came of one of many.
type bulkRow struct {
	Number  string `json:"number" doc:"As in the call."`
	Result  string `json:"result" enum:"done,refused,unknown"`
	Code    string `json:"code,omitempty" doc:"Of a refusal: stable word for programs."`
	Message string `json:"message,omitempty"`
}

type bulkAnswer struct {
	Body api.Items[bulkRow]
}

func (p API) bulk(ctx context.Context, a who.Actor, in *bulkBody) (*bulkAnswer, error) {
	b := in.Body
	rows, err := p.Requests.Bulk(ctx, a, Bulk{Numbers: b.Requests, To: ticket.State(b.State), Severity: b.Severity, Text: b.Text, Whole: b.Whole})
	if err != nil {
		return nil, err
	}
	out := &bulkAnswer{Body: api.Items[bulkRow]{Items: []bulkRow{}}}
	for _, r := range rows {
		row := bulkRow{Number: r.Number, Result: "done"}
		switch {
		case r.No != nil && r.No.Kind == fault.NotFound:
			row.Result = "unknown"
		case r.No != nil:
			row.Result, row.Code, row.Message = "refused", r.No.Code, api.Words(ctx, r.No.Text)
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}
