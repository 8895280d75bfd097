package release

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"

	"lodge/internal/contract"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// Rights of this package, given to roles in package app.
const (
	Take         who.Action = "release.take"          // see what is offered, download what is included
	ViewReleases who.Action = "release.view_releases" // drafts too: the vendor's people only
	Manage       who.Action = "release.manage"        // make, publish, withdraw: the vendor's people only
)

// Releases are the use cases of releases.
type Releases struct {
	Store  *store.DB
	Events *event.Log
	Blobs  *blob.Store
	Gate   Gate
}

// Channels of releases.
const (
	Stable = "stable"
	Beta   = "beta"
	Hotfix = "hotfix"
)

// Channels in the order in which people read them.
var Channels = []string{Stable, Beta, Hotfix}

// States of a release.
const (
	Draft     = "draft"
	Signed    = "signed"
	Published = "published"
	Withdrawn = "withdrawn"
)

// Kinds, platforms and architectures of files in the order in which people read them.
var (
	Kinds     = []string{"installer", "archive", "package", "image", "document", "other"}
	Platforms = []string{"any", "windows", "linux", "macos"}
	Archs     = []string{"any", "x64", "x86", "arm64"}
)

// What a file of a release may take. The vendor's own files are larger than what people send.
var limits = blob.Limits{File: 20 << 30, Org: 1 << 40}

// MaxFile is how many bytes a file of a release may have.
const MaxFile = 20 << 30

const (
	maxName  = 60
	maxTitle = 120
	maxNotes = 16 << 10 // bytes
	maxFiles = 100      // of one release
)

// Release is one version of a product.
type Release struct {
	ID          string
	Product     string // id
	Channel     string
	Name        string // the version as people read it: 8.3.1
	ReleasedOn  string // civil day, against which support is held
	Title       string
	Notes       string // Markdown
	NotesHTML   string // of it, cleaned
	Mandatory   bool
	Minimum     string // version below which agents take another way; '' = none
	State       string
	Reason      string // of a withdrawal
	PublishedAt *time.Time
	WithdrawnAt *time.Time
	UpdatedAt   time.Time
	Version     int64
}

// File is one thing to download.
type File struct {
	ID       string
	Release  string
	Name     string // cleaned, see blob.CleanName
	Kind     string
	Platform string
	Arch     string
	Size     int64  // bytes
	SHA256   string // hex
	SHA512   string // hex
	Blob     string
	On       string // civil day
	// Detached signature, '' if there is none, with the id and the name of the key that made it.
	Signature, Key, KeyName string
}

// Key folds a version or a file's name: letter case has no meaning.
func Key(name string) string { return cases.Fold().String(name) }

// Right is how an organisation stands to a release.
type Right struct {
	Why   string // one of the words below
	Until string // last covered day; '' = none
}

// Words for a right.
const (
	Free        = "free"         // the product is
	Running     = "running"      // support is active
	WasRunning  = "was_running"  // the release came while it was
	TooNew      = "too_new"      // the release came after its end
	NoSupport   = "no_support"   // there never was any
	NotTheirs   = "not_theirs"   // the organisation has not got the product
	NotReleased = "not_released" // a draft
)

// Included tells whether it may be downloaded.
func (r Right) Included() bool { return r.Why == Free || r.Why == Running || r.Why == WasRunning }

// RightTo says how an organisation whose support of the product is s stands to a release of that day: whoever has support
// today has all; else what came until the last covered day stays.
func RightTo(p product.Product, s contract.Support, releasedOn string) Right {
	switch {
	case p.Free:
		return Right{Why: Free}
	case s.State == contract.Running || s.State == contract.Ending:
		return Right{Running, s.Until}
	case s.State == contract.Expired && releasedOn <= s.Until:
		return Right{WasRunning, s.Until}
	case s.State == contract.Expired:
		return Right{TooNew, s.Until}
	}
	return Right{Why: NoSupport}
}

// check looks at what everybody may have typed wrong.
func (r Release) check(p product.Product) error {
	var c fault.Check
	c.Need(slices.Contains(Channels, r.Channel), "channel", "release.channel_unknown")
	c.Need(r.Name != "", "version", "release.version_missing")
	c.Need(len([]rune(r.Name)) <= maxName && !strings.ContainsAny(r.Name, "/\\"), "version", "release.version_odd", "max", maxName)
	c.Need(r.Name == "" || p.Scheme != product.SemVer || IsSemVer(r.Name), "version", "release.version_not_semver")
	c.Need(civil(r.ReleasedOn), "date", "release.date_odd")
	c.Need(len([]rune(r.Title)) <= maxTitle, "title", "release.title_long", "max", maxTitle)
	c.Need(len(r.Notes) <= maxNotes, "notes", "release.notes_long", "max", maxNotes>>10)
	c.Need(r.Minimum == "" || SortKey(p.Scheme, r.Minimum) <= SortKey(p.Scheme, r.Name), "minimum", "release.minimum_above")
	return c.Err()
}

func civil(day string) bool {
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}
