// Package markdown renders what people write.
package markdown

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// HTML renders a text once, when it is written: raw HTML is off, and what comes out passes the cleaner all the same,
// so that a mistake in either is not enough. Headings become bold paragraphs, because a text has no place in the
// outline of its page; pictures are left out, because nothing remote may load.
//
// A text made to be slow (thousands of links, quotes in quotes) is shown as it was typed instead.
func HTML(text string) template.HTML {
	if slow(text) {
		return Plain(text)
	}
	var b bytes.Buffer
	if err := parser.Convert([]byte(text), &b); err != nil {
		return Plain(text) // writing into memory does not fail; a text is never lost for it
	}
	return template.HTML(cleaner.SanitizeBytes(b.Bytes()))
}

const (
	mostLinks = 500 // beginnings of a link's address
	mostDeep  = 50  // quotes and lists inside each other
)

// slow tells texts whose time grows with the square of their length: no post that anybody wrote by hand is one.
func slow(text string) bool {
	if strings.Count(text, "](") > mostLinks {
		return true
	}
	for line := range strings.SplitSeq(text, "\n") {
		marks := strings.TrimLeft(line, ">-*+ \t0123456789.)")
		lead := line[:len(line)-len(marks)]
		if strings.Count(lead, ">")+strings.Count(lead, " ") > 2*mostDeep {
			return true
		}
	}
	return false
}

// Plain renders text that is no Markdown, of any length: paragraphs and lines as typed.
func Plain(text string) template.HTML {
	var b strings.Builder
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.Trim(p, "\n"); p == "" {
			continue
		}
		b.WriteString("<p>")
		b.WriteString(strings.ReplaceAll(template.HTMLEscapeString(p), "\n", "<br>"))
		b.WriteString("</p>")
	}
	return template.HTML(b.String())
}

var parser = goldmark.New(
	goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.Table),
	goldmark.WithRendererOptions(html.WithHardWraps(), renderer.WithNodeRenderers(util.Prioritized(quiet{}, 100))),
)

var cleaner = policy()

func policy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "del", "blockquote", "pre", "code", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true) // brings noopener
	return p
}

// quiet renders headings as bold paragraphs and pictures not at all.
type quiet struct{}

func (quiet) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindHeading, func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString("<p><strong>")
		} else {
			w.WriteString("</strong></p>\n")
		}
		return ast.WalkContinue, nil
	})
	reg.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkSkipChildren, nil
	})
}
