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
// The decisions are functions of a row and of plain facts (decide_*.go). Facts stand in a Ledger that World.Load fills
// per batch, and that the decisions keep up to date as if each row had been written. A dry run keeps the ledger over
// the whole run and writes nothing; a run writes each batch in its transaction and starts the next one with an empty
// ledger. Both ask the same functions, so both give the same report.
package importer
