package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // IANA names are known on machines without a zone database too
	"unicode/utf8"
)

// formatName is the only value of the manifest's key format.
const formatName = "lodge-import/1"

const maxManifest = 1 << 20 // bytes

// Manifest is manifest.json.
type Manifest struct {
	Source     string
	ExportedAt time.Time
	Zone       *time.Location // of times without offset
	Files      map[string]Listed
}

// Listed is what the manifest says of a file.
type Listed struct {
	Rows   int64 // records after the header, good or bad
	Bytes  int64
	SHA256 string // lower-case hex
}

var (
	sourceForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	sumForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	momentForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$`)
)

// readManifest reads manifest.json. The error says what is wrong with it, for the report.
func readManifest(r io.Reader) (Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	switch {
	case err != nil:
		return Manifest{}, err
	case len(b) > maxManifest:
		return Manifest{}, malformed("too long")
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if !utf8.Valid(b) {
		return Manifest{}, malformed("not UTF-8")
	}
	top, err := object(b, "format", "source", "exported_at", "time_zone", "files")
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if s, err := jsonText(top, "format"); err != nil || s != formatName {
		return Manifest{}, malformed("format")
	}
	if m.Source, err = jsonText(top, "source"); err != nil || !sourceForm.MatchString(m.Source) {
		return Manifest{}, malformed("source")
	}
	at, err := jsonText(top, "exported_at")
	if err != nil || !momentForm.MatchString(at) {
		return Manifest{}, malformed("exported_at")
	}
	if m.ExportedAt, err = time.Parse(time.RFC3339, strings.ToUpper(at)); err != nil {
		return Manifest{}, malformed("exported_at")
	}
	if m.Zone, err = zone(top); err != nil {
		return Manifest{}, malformed("time_zone")
	}
	m.Files, err = listed(top["files"])
	return m, err
}

// malformed names the place in the manifest that is wrong.
type malformed string

func (m malformed) Error() string { return "manifest: " + string(m) }

// zone takes IANA names only: "Local", the empty name and the variants of a machine's own database are none.
func zone(top map[string]json.RawMessage) (*time.Location, error) {
	name, err := jsonText(top, "time_zone")
	if err != nil || name == "" || name == "Local" || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/") {
		return nil, malformed("time_zone")
	}
	return time.LoadLocation(name)
}

func listed(raw json.RawMessage) (map[string]Listed, error) {
	var names []string
	for _, f := range Files() {
		names = append(names, f.Name)
	}
	files, err := members(raw)
	if err != nil {
		return nil, malformed("files")
	}
	all := map[string]Listed{}
	for name, entry := range files {
		if !slices.Contains(names, name) {
			return nil, malformed("files: " + shown(name))
		}
		e, err := object(entry, "rows", "bytes", "sha256")
		if err != nil {
			return nil, malformed(name)
		}
		var l Listed
		var bad [3]error
		l.Rows, bad[0] = jsonCount(e, "rows")
		l.Bytes, bad[1] = jsonCount(e, "bytes")
		l.SHA256, bad[2] = jsonText(e, "sha256")
		if errors.Join(bad[:]...) != nil || !sumForm.MatchString(l.SHA256) {
			return nil, malformed(name)
		}
		all[name] = l
	}
	return all, nil
}

// object reads a JSON object that has exactly these keys, each once.
func object(raw []byte, keys ...string) (map[string]json.RawMessage, error) {
	m, err := members(raw)
	if err != nil {
		return nil, err
	}
	for k := range m {
		if !slices.Contains(keys, k) {
			return nil, malformed(shown(k))
		}
	}
	for _, k := range keys {
		if _, ok := m[k]; !ok {
			return nil, malformed(k)
		}
	}
	return m, nil
}

// members reads a JSON object. encoding/json would take the last one of equal keys, and keys of any letter case.
func members(raw []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed("JSON")
	}
	all := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, malformed("JSON")
		}
		if _, twice := all[key]; twice {
			return nil, malformed(shown(key))
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, malformed("JSON")
		}
		all[key] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed("JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, malformed("JSON")
	}
	return all, nil
}

// jsonText reads a JSON string; null and numbers are none.
func jsonText(from map[string]json.RawMessage, key string) (string, error) {
	var s *string
	if err := json.Unmarshal(from[key], &s); err != nil || s == nil {
		return "", malformed(key)
	}
	return *s, nil
}

// jsonCount reads a whole number that is not negative, written with digits alone.
func jsonCount(from map[string]json.RawMessage, key string) (int64, error) {
	n, ok := readInt(string(bytes.TrimSpace(from[key])))
	if !ok {
		return 0, malformed(key)
	}
	return n, nil
}
