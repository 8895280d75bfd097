package markdown

import (
	"strings"
	"testing"
	"time"
)

const maxPost = 16 << 10 // characters of the longest post

func TestAttack_CON_05_markdown_runs_nothing_and_loads_nothing(t *testing.T) {
	for _, bad := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](java\tscript:alert(1))",
		"[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:msgbox(1))", "![x](https://evil.example/p.png)", "<a href=\"javascript:alert(1)\">x</a>", "<svg onload=alert(1)>",
		"<iframe src=https://evil.example></iframe>", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]", "<style>*{}</style>", "<p style=\"position:fixed\">x</p>",
		"[x](//evil.example)", "[x](/sign-out)", "[x](https://ok.example \"onmouseover=alert(1)\")", "`<script>`", "&lt;script&gt;",
	} {
		html := strings.ToLower(string(HTML(bad)))
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
		if got := string(HTML(text)); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestMarkdown_of_the_longest_post_takes_no_time(t *testing.T) {
	for name, text := range map[string]string{"quotes": ">", "brackets": "[", "stars": "*a ", "emphasis": "**", "backticks": "`", "lists": "- ", "numbered": "1) ", "spaced quotes": "> ", "tables": "|a|\n|-|\n", "links": "[a](", "entities": "&", "angles": "<"} {
		begin := time.Now()
		HTML(strings.Repeat(text, maxPost/len(text)))
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestMarkdown_of_a_long_table_of_links_is_still_markdown(t *testing.T) {
	if got := string(HTML(strings.Repeat("- [a](https://ok.example/)\n", 300))); !strings.Contains(got, "<li><a href=") {
		t.Errorf("%.200s", got)
	}
	if got := string(HTML(strings.Repeat("[a](", 600) + "<b>")); strings.Contains(got, "<a") || !strings.Contains(got, "&lt;b&gt;") {
		t.Errorf("%.200s", got)
	}
}

func TestPlain_keeps_lines_and_escapes(t *testing.T) {
	if got := Plain("a <b>\r\nc\n\n\nd"); got != "<p>a &lt;b&gt;<br>c</p><p>d</p>" {
		t.Errorf("%q", got)
	}
}
