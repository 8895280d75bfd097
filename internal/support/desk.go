package support

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Views of the desk.
const (
	DeskAll        = "all"
	DeskMine       = "mine"
	DeskUnassigned = "unassigned"
	DeskVendor     = "vendor" // the vendor's turn
)

// deskViews in the order of their tabs.
var deskViews = []string{DeskAll, DeskMine, DeskUnassigned, DeskVendor}

// QueueFilter says what of the queue is asked for. Empty fields do not restrict.
type QueueFilter struct {
	View, Text, State, Turn, Severity, Product string
	After                                      QueueKey
	Limit                                      int // rows of a page; 0 = PageSize
}

// Filtered tells whether anything but the view is asked for.
func (f QueueFilter) Filtered() bool {
	return f.Text != "" || f.State != "" || f.Turn != "" || f.Severity != "" || f.Product != ""
}

// QueueKey is the last row of the page before; the zero value starts at the top.
type QueueKey struct {
	Severity  int
	NextOn    string
	CreatedAt time.Time
	ID        string
}

// String is the key as it stands in an address; ParseQueueKey reads it.
func (k QueueKey) String() string {
	return strings.Join([]string{strconv.Itoa(k.Severity), k.NextOn, k.CreatedAt.UTC().Format(time.RFC3339Nano), k.ID}, "_")
}

// ParseQueueKey reads a key; BadRequest for what is none.
func ParseQueueKey(s string) (k QueueKey, err error) {
	if s == "" {
		return k, nil
	}
	parts := strings.Split(s, "_")
	if len(parts) == 4 {
		k.NextOn, k.ID = parts[1], parts[3]
		k.Severity, err = strconv.Atoi(parts[0])
		if err == nil {
			k.CreatedAt, err = time.Parse(time.RFC3339Nano, parts[2])
		}
	}
	if err != nil || len(parts) != 4 {
		return QueueKey{}, fault.New(fault.BadRequest, "web.page_unknown")
	}
	return k, nil
}

// Planned is an action of the vendor's that is due.
type Planned struct {
	ID, Title, On string
	Version       int64
	Number        string // of the request
	Customer      int64  // number
	CustomerName  string
}

// Queue is a page of the desk.
type Queue struct {
	View     string
	Rows     []Row
	More     bool
	Counts   map[string]int // by view
	Overdue  int            // of all: the planned day is over
	Products []Choice
	Vendor   string
	Planned  []Planned // by the vendor, due today or before
	Today    string    // civil day of the reader
}

// Desk gives the queue of all customers' open requests: by severity; in one severity those without a plan first, then by
// the next planned day; then the oldest. What partners analyse is in it. The actor needs ViewDesk.
func (s *Requests) Desk(ctx context.Context, a who.Actor, f QueueFilter) (q Queue, err error) {
	if err := a.Must(ViewDesk); err != nil {
		return q, err
	}
	if !a.Reach.All {
		return q, fault.Missing() // the desk is at the vendor's own number
	}
	q.View = DeskAll
	for _, v := range deskViews {
		if v == f.View {
			q.View = v
		}
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		zone := a.Zone
		if zone == nil {
			zone = time.UTC
		}
		q.Today = clock.Day(tx.Now, zone)
		if err := deskHeads(tx, a, &q); err != nil {
			return err
		}
		if q.Planned, err = store.Query[Planned](tx, selectPlanned, q.Today); err != nil {
			return err
		}
		return deskRows(tx, a, f, &q)
	})
	return q, err
}

// queued is what the queue holds; the partial index ticket_queue is over it.
const queued = "t.is_open AND " + served

func inView(w *where, a who.Actor, view string) {
	w.and(queued)
	switch view {
	case DeskMine:
		w.and("t.owner_id = ?", a.Person)
	case DeskUnassigned:
		w.and("t.owner_id = ''")
	case DeskVendor:
		w.and("t.turn = 'vendor'")
	}
}

func deskHeads(tx *store.Tx, a who.Actor, q *Queue) error {
	args := &where{}
	var parts []string
	count := func(kind, code, order string, fill func(*where)) { // by an order that an index has, or all tickets may be read until there are a hundred
		w := &where{args: args.args}
		fill(w)
		args.args = w.args
		parts = append(parts, "SELECT '"+kind+"', '"+code+"', '', (SELECT count(*) FROM (SELECT 1 FROM ticket t WHERE "+w.text()+" ORDER BY "+order+" LIMIT 100) x)")
	}
	for _, v := range deskViews {
		count("view", v, "t.updated_at DESC, t.id DESC", func(w *where) { inView(w, a, v) })
	}
	count("overdue", "", "t.next_on, t.id", func(w *where) {
		w.and(queued)
		w.and("t.next_on <> '' AND t.next_on < ?", q.Today)
	})
	parts = append(parts, "SELECT 'vendor', '', o.name, 0 FROM organisation o WHERE o.kind = 'vendor' AND NOT o.is_site", "SELECT 'product', p.code, p.name, 0 FROM product p")
	all, err := store.Query[head](tx, strings.Join(parts, "\nUNION ALL\n")+"\nORDER BY 1, 3, 2", args.args...)
	if err != nil {
		return err
	}
	q.Counts = map[string]int{}
	for _, h := range all {
		switch h.Kind {
		case "view":
			q.Counts[h.Code] = h.N
		case "overdue":
			q.Overdue = h.N
		case "vendor":
			q.Vendor = h.Name
		case "product":
			q.Products = append(q.Products, Choice{Code: h.Code, Name: h.Name})
		}
	}
	return nil
}

func deskRows(tx *store.Tx, a who.Actor, f QueueFilter, q *Queue) error {
	size := cmp.Or(f.Limit, PageSize)
	w := &where{args: []any{f.After.Severity, f.After.NextOn, f.After.CreatedAt, f.After.ID, size + 1}}
	if f.After.CreatedAt.IsZero() {
		w.args[2] = time.Unix(0, 0) // before all; the zero time would be NULL
	}
	inView(w, a, q.View)
	nothing, err := narrow(tx, a, w, Filter{Text: f.Text, State: f.State, Turn: f.Turn, Severity: f.Severity, Product: f.Product}, TabAll)
	if err != nil || nothing {
		return err
	}
	q.Rows, err = store.Query[Row](tx, "SELECT "+rowColumns+" FROM (SELECT "+strings.Join(listed, ", ")+` FROM ticket t
		WHERE (t.severity, t.next_on, t.created_at, t.id) > ($1, $2, $3, $4) AND `+w.text()+`
		ORDER BY t.severity, t.next_on, t.created_at, t.id LIMIT $5) t`+rowJoins+` ORDER BY t.severity, t.next_on, t.created_at, t.id`, w.args...)
	if err != nil {
		return err
	}
	if q.More = len(q.Rows) > size; q.More {
		q.Rows = q.Rows[:size]
	}
	return nil
}

// Key is the row's place in the queue.
func (r Row) Key() QueueKey { return QueueKey{r.Severity, r.NextOn, r.CreatedAt, r.ID} }

// turnOf tells whether it is the reader's own side's turn.
func turnOf(a who.Actor, turn ticket.Side) bool {
	if a.Source == who.Own {
		switch spanOf(a) {
		case everybody:
			return turn == ticket.Vendor
		case customers:
			return turn == ticket.Partner
		}
	}
	return turn == ticket.SideOf(a)
}
