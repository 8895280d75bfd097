package importer

// HandedIn tells of an export that was handed in.
type HandedIn struct {
	Import string
	Size   int64
	SHA256 string // of the export
}

func (HandedIn) EventName() string { return "importer.handed_in" }
func (e HandedIn) Subject() string { return "import:" + e.Import }

// Started tells that somebody lets a check or a run go on.
type Started struct{ Import, State string }

func (Started) EventName() string { return "importer.started" }
func (e Started) Subject() string { return "import:" + e.Import }

// StopAsked tells that somebody wants it to stop after the batch that is under way.
type StopAsked struct{ Import string }

func (StopAsked) EventName() string { return "importer.stop_asked" }
func (e StopAsked) Subject() string { return "import:" + e.Import }

// Ended tells what a check or a run came to.
type Ended struct {
	Import string
	State  string // refused, checked, stopped, failed, done
	Totals Totals
}

func (Ended) EventName() string { return "importer.ended" }
func (e Ended) Subject() string { return "import:" + e.Import }

// Dropped tells that the export is gone and never ran.
type Dropped struct{ Import string }

func (Dropped) EventName() string { return "importer.discarded" }
func (e Dropped) Subject() string { return "import:" + e.Import }

// ReportRead tells that somebody fetched the report, which holds what stands in the export's cells.
type ReportRead struct{ Import string }

func (ReportRead) EventName() string { return "importer.report_read" }
func (e ReportRead) Subject() string { return "import:" + e.Import }
