package ticket

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

func TestTurn_follows_from_state_and_who_wrote(t *testing.T) {
	for _, c := range []struct {
		state  State
		served Side
		by     Side
		want   State
		turn   Side
	}{
		{New, Partner, Partner, PartnerAnalysis, Customer},
		{New, Partner, Vendor, VendorAnalysis, Customer},
		{New, Vendor, Vendor, VendorAnalysis, Customer},
		{New, Vendor, Partner, New, Vendor},
		{New, Partner, Customer, New, Partner},
		{PartnerAnalysis, Partner, Vendor, PartnerAnalysis, Customer},
		{VendorAnalysis, Vendor, Customer, VendorAnalysis, Vendor},
		{VendorAnalysis, Vendor, Partner, VendorAnalysis, Vendor},
		{Waiting, Vendor, Customer, VendorAnalysis, Vendor},
		{Waiting, Partner, Customer, PartnerAnalysis, Partner},
		{Waiting, Vendor, Vendor, Waiting, Customer},
		{Waiting, Vendor, Partner, Waiting, Customer},
		{SolutionProposed, Vendor, Customer, SolutionProposed, Vendor},
		{SolutionProposed, Vendor, Vendor, SolutionProposed, Customer},
		{Refused, Vendor, Vendor, VendorAnalysis, Customer},
		{Reopened, Partner, Partner, PartnerAnalysis, Customer},
	} {
		if state, turn := AfterPost(c.state, c.served, c.by); state != c.want || turn != c.turn {
			t.Errorf("%s served by %s, %s writes: %s, turn %s; want %s, %s", c.state, c.served, c.by, state, turn, c.want, c.turn)
		}
	}
	for state, want := range map[State]Side{Draft: Nobody, New: Partner, PartnerAnalysis: Partner, Waiting: Customer, SolutionProposed: Customer, Refused: Partner,
		Reopened: Partner, Closed: Nobody, Cancelled: Nobody} {
		if got := AfterState(state, Partner); got != want {
			t.Errorf("%s: turn %q, want %q", state, got, want)
		}
	}
}

func TestMoves_only_the_customer_closes_refuses_and_reopens(t *testing.T) {
	all := append([]State{Draft, Closed, Cancelled}, OpenStates...)
	for _, by := range []Side{Customer, Partner, Vendor} {
		for _, from := range all {
			for _, to := range all {
				if !CanMove(by, from, to) {
					continue
				}
				if from == Draft || to == Draft || to == New || from == to || from == Cancelled {
					t.Errorf("%s may go from %s to %s", by, from, to)
				}
				if own := to == Closed || to == Refused || to == Reopened; own != (by == Customer) && to != Cancelled {
					t.Errorf("%s may go from %s to %s", by, from, to)
				}
			}
		}
	}
	if !CanMove(Customer, SolutionProposed, Closed) || CanMove(Customer, New, Closed) {
		t.Error("a request is closed by accepting a solution, and by nothing else")
	}
}

func TestSideOf_follows_from_why_one_may_be_here(t *testing.T) {
	for source, want := range map[who.Source]Side{who.Own: Customer, who.Partnership: Partner, who.Staff: Vendor, who.System: System} {
		if got := SideOf(who.Actor{Source: source}); got != want {
			t.Errorf("%s: %s", source, got)
		}
	}
}

func TestAttack_CON_05_markdown_runs_nothing_and_loads_nothing(t *testing.T) {
	for _, bad := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](java\tscript:alert(1))",
		"[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:msgbox(1))", "![x](https://evil.example/p.png)", "<a href=\"javascript:alert(1)\">x</a>", "<svg onload=alert(1)>",
		"<iframe src=https://evil.example></iframe>", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]", "<style>*{}</style>", "<p style=\"position:fixed\">x</p>",
		"[x](//evil.example)", "[x](/sign-out)", "[x](https://ok.example \"onmouseover=alert(1)\")", "`<script>`", "&lt;script&gt;",
	} {
		html := strings.ToLower(string(Markdown(bad)))
		for _, part := range []string{"<script", "<img", "<svg", "<iframe", "<style", "style=", "onerror=", "onload=", "href=\"javascript", "href=\"data", "href=\"vbscript", "href=\"/"} {
			if strings.Contains(html, part) {
				t.Errorf("%q gives %q", bad, html)
			}
		}
	}
	for text, want := range map[string]string{
		"*a* **b** `c`":            "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n",
		"one\ntwo":                 "<p>one<br>\ntwo</p>\n",
		"# Head":                   "<p><strong>Head</strong></p>\n",
		"a < b & c":                "<p>a &lt; b &amp; c</p>\n",
		"see https://ok.example/x": "<p>see <a href=\"https://ok.example/x\" rel=\"nofollow noreferrer noopener\" target=\"_blank\">https://ok.example/x</a></p>\n",
	} {
		if got := string(Markdown(text)); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestMarkdown_of_the_longest_post_takes_no_time(t *testing.T) {
	for name, text := range map[string]string{"quotes": ">", "brackets": "[", "stars": "*a ", "emphasis": "**", "backticks": "`", "lists": "- ", "numbered": "1) ", "spaced quotes": "> ", "tables": "|a|\n|-|\n", "links": "[a](", "entities": "&", "angles": "<"} {
		begin := time.Now()
		Markdown(strings.Repeat(text, MaxText/len(text)))
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestMarkdown_of_a_long_table_of_links_is_still_markdown(t *testing.T) {
	if got := string(Markdown(strings.Repeat("- [a](https://ok.example/)\n", 300))); !strings.Contains(got, "<li><a href=") {
		t.Errorf("%.200s", got)
	}
	if got := string(Markdown(strings.Repeat("[a](", 600) + "<b>")); strings.Contains(got, "<a") || !strings.Contains(got, "&lt;b&gt;") {
		t.Errorf("%.200s", got)
	}
}

func TestPlain_keeps_lines_and_escapes(t *testing.T) {
	if got := Plain("a <b>\r\nc\n\n\nd"); got != "<p>a &lt;b&gt;<br>c</p><p>d</p>" {
		t.Errorf("%q", got)
	}
}

func TestAttack_FILE_02_file_names_are_cleaned(t *testing.T) {
	for name, want := range map[string]string{
		"daemon.log": "daemon.log", "../../etc/passwd": "passwd", `C:\Users\x\a.txt`: "a.txt", "": "file", "..": "file", "/": "file", ".htaccess": "htaccess", "-rf": "rf", "CON": "CON_",
		"con.txt": "con_.txt", "a\r\nb": "ab", "a\x00b": "ab", "cod\u202egnp.exe": "codgnp.exe", "a\u2028b": "ab", "  a  b .txt ": "a b .txt", `a"b<c>.txt`: "a_b_c_.txt", "a\xffb": "a_b",
		"zażółć.log": "zażółć.log", "trailing...": "trailing", "lpt1.": "lpt1_",
	} {
		if got := CleanName(name); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
	long := CleanName(strings.Repeat("ż", 4000) + ".log")
	if utf8.RuneCountInString(long) != 200 || !strings.HasSuffix(long, ".log") {
		t.Errorf("%d characters, ends %q", utf8.RuneCountInString(long), long[len(long)-8:])
	}
	if long := CleanName("a." + strings.Repeat("b", 4000)); utf8.RuneCountInString(long) > 200 {
		t.Errorf("%d characters", utf8.RuneCountInString(long))
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"", "a.txt", "\u202e.", "...", ". .x", "CON.", strings.Repeat(".", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := CleanName(s)
		if n == "" || !utf8.ValidString(n) || utf8.RuneCountInString(n) > 200 || strings.ContainsAny(n, `/\"`) || n[0] == '.' || n[0] == '-' || strings.ContainsFunc(n, unicode.IsControl) {
			t.Errorf("%q gives %q", s, n)
		}
	})
}

func TestNumber_reads_what_people_type_and_gives_nothing_away(t *testing.T) {
	for _, typed := range []string{"SR-0000-0000", "sr-oooo-0000", " SR 0000 0000 "} {
		if n, err := Number(Request, typed); err != nil || n != "SR-0000-0000" {
			t.Errorf("%q gives %q, %v", typed, n, err)
		}
	}
	for _, typed := range []string{"", "SR-0000-0001", "TK-0000-0000", "SR-0000", "x", "SR-0000-00000"} {
		if _, err := Number(Request, typed); !fault.Is(err, "fault.not_found") {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestFound_names_each_ticket_once(t *testing.T) {
	got := Found([]string{"ticket:b:internal", "ticket:a:public", "ticket:b:public", "article:c"})
	if strings.Join(got, " ") != "b a" {
		t.Errorf("%q", got)
	}
}

func TestChange_reads_a_detail(t *testing.T) {
	e := Entry{Detail: detail(Detail{Did: "moved", From: "2026-03-17", To: "2026-03-18", Title: `"x"`})}
	d, err := e.Change()
	if err != nil || d.Title != `"x"` || d.From != "2026-03-17" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := (Entry{Detail: "{"}).Change(); err == nil || errors.Is(err, fault.Missing()) {
		t.Errorf("half a detail: %v", err)
	}
}
