// Package importer takes over what old portals and CRMs export in the format lodge-import/1.
//
// Words: a folder is the export of one old system, the source; a file is one CSV of it; a row is one record of a file
// and comes to exactly one outcome (created, updated, unchanged, skipped, refused). A row that is taken means a thing in
// Lodge from then on; several rows, of one source or of several, may mean the same thing (they are joined), and the row
// that made the thing has the say over it. A finding is a fault of a whole file: with one of them nothing is imported.
//
// The way of a row: Folder (folder or ZIP) → Records (CSV) → Rows (cells, types, rules between cells: all that the file
// alone decides) → Import (known rows, references, the rules of each file) → World (the database) → Report.
//
// Command is the way in. A batch is planned on a snapshot (run.go): what would be written, and so what must be held and which
// passwords must be wrapped; only if there is something does a transaction follow, which loads (load.go), decides and
// writes (write.go) once more. What several rows say together about a person or a membership is written at its end.
// What a row said is kept in its record (record.go), so that a cell changed in Lodge is told from one changed there.
//
// The decisions are functions of a row and of plain facts (decide_*.go). Facts stand in a Ledger that World.Load fills
// per batch, and that the decisions keep up to date as if each row had been written. A dry run keeps the ledger over
// the whole run and writes nothing; a run writes each batch in its transaction and starts the next one with an empty
// ledger. Both ask the same functions, so both give the same report.
//
// What grows with an export lies in a table on disk (store.Scratch), so that memory does not.
//
// Command is the engine with one door, the console. Intakes is the other one, for pages and API: an export that is handed in is kept
// sealed, checked by a dry run, and run when somebody says so. One node at a time works on them (Work), and another goes on where it died.
//
// Tables: import_row, import_intake. All else is written by steps of the packages that own it.
package importer
