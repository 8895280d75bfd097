package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // IANA names are known on machines without a zone database too
	"unicode/utf8"

	"lodge/internal/platform/fault"
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
		return Manifest{}, bad("long", manifestName)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if !utf8.Valid(b) {
		return Manifest{}, bad("encoding", manifestName)
	}
	top, err := object(b, manifestName, "format", "source", "exported_at", "time_zone", "files")
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if s, _ := jsonText(top["format"]); s != formatName {
		return Manifest{}, bad("format", formatName)
	}
	if m.Source, _ = jsonText(top["source"]); !sourceForm.MatchString(m.Source) {
		return Manifest{}, bad("source", "source")
	}
	at, _ := jsonText(top["exported_at"])
	if !momentForm.MatchString(at) {
		return Manifest{}, bad("exported_at", "exported_at")
	}
	if m.ExportedAt, err = time.Parse(time.RFC3339, strings.ToUpper(at)); err != nil {
		return Manifest{}, bad("exported_at", "exported_at")
	}
	if m.Zone, err = zone(top["time_zone"]); err != nil {
		return Manifest{}, bad("time_zone", "time_zone")
	}
	m.Files, err = listed(top["files"])
	return m, err
}

// malformed says what is wrong with a manifest.
type malformed fault.Message

func (m malformed) Error() string { return m.Key + fmt.Sprint(m.Args...) }

// bad is malformed: what stands at a place of the manifest is "unknown", "absent", stands "twice", is "no_object", or is not what the format wants there: "format",
// "source" and so on.
func bad(key, place string) malformed {
	return malformed(fault.Msg("importer.manifest_"+key, "place", shown(place)))
}

// zone takes IANA names only: "Local", the empty name and the variants of a machine's own database are none.
func zone(raw json.RawMessage) (*time.Location, error) {
	name, _ := jsonText(raw)
	if name == "" || name == "Local" || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/") {
		return nil, bad("time_zone", "time_zone")
	}
	return time.LoadLocation(name)
}

func listed(raw json.RawMessage) (map[string]Listed, error) {
	var names []string
	for _, f := range Files() {
		names = append(names, f.Name)
	}
	files, err := members(raw, "files")
	if err != nil {
		return nil, err
	}
	all := map[string]Listed{}
	for name, entry := range files {
		if !slices.Contains(names, name) {
			return nil, bad("unknown", name)
		}
		e, err := object(entry, name, "rows", "bytes", "sha256")
		if err != nil {
			return nil, err
		}
		var l Listed
		var ok [3]bool
		l.Rows, ok[0] = jsonCount(e["rows"])
		l.Bytes, ok[1] = jsonCount(e["bytes"])
		l.SHA256, ok[2] = jsonText(e["sha256"])
		if ok != [3]bool{true, true, true} || !sumForm.MatchString(l.SHA256) {
			return nil, bad("file", name)
		}
		all[name] = l
	}
	return all, nil
}

// object reads a JSON object that has exactly these keys, each once.
func object(raw []byte, place string, keys ...string) (map[string]json.RawMessage, error) {
	m, err := members(raw, place)
	if err != nil {
		return nil, err
	}
	for k := range m {
		if !slices.Contains(keys, k) {
			return nil, bad("unknown", k)
		}
	}
	for _, k := range keys {
		if _, ok := m[k]; !ok {
			return nil, bad("absent", k)
		}
	}
	return m, nil
}

// members reads a JSON object. encoding/json would take the last one of equal keys, and keys of any letter case.
func members(raw []byte, place string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, bad("no_object", place)
	}
	all := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, bad("no_object", place)
		}
		if _, twice := all[key]; twice {
			return nil, bad("twice", key)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, bad("no_object", place)
		}
		all[key] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, bad("no_object", place)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, bad("no_object", place)
	}
	return all, nil
}

// jsonText reads a JSON string; null and numbers are none.
func jsonText(raw json.RawMessage) (string, bool) {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", false
	}
	return *s, true
}

// jsonCount reads a whole number that is not negative, written with digits alone.
func jsonCount(raw json.RawMessage) (int64, bool) {
	return readInt(string(bytes.TrimSpace(raw)))
}
