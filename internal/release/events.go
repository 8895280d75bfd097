package release

// Made tells of a new draft.
type Made struct{ Release, Product, Name string }

func (Made) EventName() string { return "release.made" }
func (e Made) Subject() string { return "release:" + e.Release }

// Changed tells what a release was and is.
type Changed struct {
	Release       string
	Before, After About
}

func (Changed) EventName() string { return "release.changed" }
func (e Changed) Subject() string { return "release:" + e.Release }

// About is what an event says of a release. Notes are not repeated there.
type About struct {
	Channel, Name, ReleasedOn, Title, Minimum string
	Mandatory                                 bool
}

func (r Release) about() About {
	return About{r.Channel, r.Name, r.ReleasedOn, r.Title, r.Minimum, r.Mandatory}
}

// Discarded tells that a draft is gone.
type Discarded struct{ Release, Product, Name string }

func (Discarded) EventName() string { return "release.discarded" }
func (e Discarded) Subject() string { return "release:" + e.Release }

// FileAdded tells of a file, FileRemoved that it is gone.
type FileAdded struct{ Release, File, SHA256 string }

func (FileAdded) EventName() string { return "release.file_added" }
func (e FileAdded) Subject() string { return "release:" + e.Release }

// FileRemoved tells that a file of a draft is gone.
type FileRemoved struct{ Release, File string }

func (FileRemoved) EventName() string { return "release.file_removed" }
func (e FileRemoved) Subject() string { return "release:" + e.Release }

// FileSigned tells which key signed a file.
type FileSigned struct{ Release, File, Key string }

func (FileSigned) EventName() string { return "release.file_signed" }
func (e FileSigned) Subject() string { return "release:" + e.Release }

// KeyAdded tells of a key that signs files.
type KeyAdded struct{ Key, Public, From, Until string }

func (KeyAdded) EventName() string { return "release.key_added" }
func (e KeyAdded) Subject() string { return "release_key:" + e.Key }

// KeyEnded tells its last day, as it was and as it is.
type KeyEnded struct{ Key, Before, After string }

func (KeyEnded) EventName() string { return "release.key_ended" }
func (e KeyEnded) Subject() string { return "release_key:" + e.Key }

// Out tells that a release was published.
type Out struct{ Release, Product, Channel string }

func (Out) EventName() string { return "release.published" }
func (e Out) Subject() string { return "release:" + e.Release }

// Back tells that a release was withdrawn.
type Back struct{ Release, Product string }

func (Back) EventName() string { return "release.withdrawn" }
func (e Back) Subject() string { return "release:" + e.Release }
