package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Doc is one text in the full-text index. Public and internal text of one thing are separate documents.
type Doc struct {
	ID    string   // of the document: "ticket:0190…:public"
	Scope []string // who may find it: "org:0190…", or what it is: "draft"
	Text  string
}

const (
	maxTokens   = 12     // of a search
	maxDocument = 20_000 // tokens of a document
	maxToken    = 64     // bytes of a token
)

// Tokens cuts a text for both engines: lower case, without accents, split at whatever is neither letter nor digit. A
// technical token, with its joints, also stands joined: "ORA-00942" gives ora, 00942, ora00942.
func Tokens(text string) []string {
	var all []string
	for word := range strings.FieldsSeq(text) {
		var parts []string
		var part strings.Builder
		end := func() {
			if part.Len() > 0 && part.Len() <= maxToken {
				parts = append(parts, part.String())
			}
			part.Reset()
		}
		for _, r := range norm.NFKD.String(strings.ToLower(word)) {
			switch {
			case unicode.Is(unicode.Mn, r):
			case r == 'ł':
				part.WriteByte('l')
			case unicode.IsLetter(r) || unicode.IsDigit(r):
				part.WriteRune(unicode.ToLower(r))
			default:
				end()
			}
		}
		end()
		all = append(all, parts...)
		if joined := strings.Join(parts, ""); len(parts) > 1 && len(joined) <= maxToken && strings.ContainsFunc(joined, unicode.IsDigit) {
			all = append(all, joined)
		}
	}
	return all
}

// Index puts the document in the index in place of its older text.
func (tx *Tx) Index(d Doc) error {
	if err := tx.Unindex(d.ID); err != nil {
		return err
	}
	tokens := Tokens(d.Text)
	tokens = tokens[:min(len(tokens), maxDocument)]
	if err := tx.Later(`INSERT INTO search_doc (doc_id) VALUES ($1)`, d.ID); err != nil {
		return err
	}
	if tx.db.engine == postgres {
		return tx.Later(`
			INSERT INTO search_index (n, words)
			SELECT n, array_to_tsvector($2) FROM search_doc WHERE doc_id = $1`,
			d.ID, append(scopeTokens(d.Scope), unique(tokens)...))
	}
	return tx.Later(`
		INSERT INTO search_index (rowid, words)
		SELECT n, $2 FROM search_doc WHERE doc_id = $1`,
		d.ID, strings.Join(append(scopeTokens(d.Scope), tokens...), " "))
}

// Unindex takes the document out of the index, if it is there.
func (tx *Tx) Unindex(id string) error {
	row := "rowid"
	if tx.db.engine == postgres {
		row = "n"
	}
	if err := tx.Later(`DELETE FROM search_index WHERE `+row+` IN (SELECT n FROM search_doc WHERE doc_id = $1)`, id); err != nil {
		return err
	}
	return tx.Later(`DELETE FROM search_doc WHERE doc_id = $1`, id)
}

// Scope is who asks: documents with one of the words, and, for somebody who may find nearly everything, all that have not the word But. A
// word that a million documents have costs as much as the search itself. The zero value finds nothing.
type Scope struct {
	Any []string
	But string
}

// Search finds documents that hold all words of the text, the last one as a beginning, newest first, at most limit. Any
// text is a search; one without words finds nothing. The caller applies the normal scope to what is found once more.
func (tx *Tx) Search(text string, scope Scope, limit int) ([]string, error) {
	tokens := queryTokens(text)
	if len(tokens) == 0 || len(scope.Any) == 0 && scope.But == "" {
		return nil, nil
	}
	any, but := scopeTokens(scope.Any), ""
	if scope.But != "" {
		but = scopeTokens([]string{scope.But})[0]
	}
	last := tokens[len(tokens)-1]
	if tx.db.engine == postgres {
		if but != "" {
			any = append(any, "!"+but)
		}
		q := "(" + strings.Join(any, " | ") + ")"
		for _, t := range tokens[:len(tokens)-1] {
			q += " & '" + t + "'"
		}
		q += " & '" + last + "'"
		if len(last) >= 2 {
			q += ":*"
		}
		// Who finds nearly everything may find enough by walking the newest documents. The planner thinks so of anybody: n + 0 is in no index.
		order := "n"
		if scope.But == "" {
			order = "n + 0"
		}
		return Query[string](tx, `
			SELECT (SELECT d.doc_id FROM search_doc d WHERE d.n = i.n)
			FROM (SELECT n FROM search_index WHERE words @@ CAST($1 AS tsquery) ORDER BY `+order+` DESC LIMIT $2) i
			ORDER BY i.n DESC`, q, limit)
	}
	words := `"` + strings.Join(tokens, `" AND "`) + `"`
	if len(last) >= 2 {
		words += "*"
	}
	of := "(" + strings.Join(any, " OR ") + ")"
	q := of + " AND " + words
	switch {
	case but != "" && len(any) > 0:
		q = "(" + words + ") NOT (" + but + " NOT " + of + ")"
	case but != "":
		q = "(" + words + ") NOT " + but
	}
	return Query[string](tx, `
		SELECT d.doc_id FROM (SELECT rowid AS n FROM search_index WHERE search_index MATCH $1 ORDER BY rowid DESC LIMIT $2) i
		JOIN search_doc d ON d.n = i.n ORDER BY d.n DESC`, q, limit)
}

// queryTokens are the words of a search: at most twelve, and of a technical word only the joined form or its parts.
func queryTokens(text string) []string {
	text = text[:min(len(text), 2_000)]
	tokens := unique(Tokens(strings.ToValidUTF8(text, " ")))
	return tokens[:min(len(tokens), maxTokens)]
}

// scopeTokens spells each scope as one word behind the fence, which no text can hold.
func scopeTokens(scope []string) []string {
	words := make([]string, len(scope))
	for i, s := range scope {
		words[i] = fence + strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return 'x'
		}, s)
	}
	return words
}

// fence is a private-use character: both engines keep it in a word, and no word of a text has it, so that neither a word nor the beginning of one
// is ever a scope word.
const fence = "\ue000"

// Fenced is a word by which it is known which scope words are in an index, and how they are spelt; another one asks for the index to be made anew.
const Fenced = "3"

func unique(words []string) []string {
	seen := map[string]bool{}
	var all []string
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			all = append(all, w)
		}
	}
	return all
}
