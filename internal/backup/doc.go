// Package backup writes a whole portal into one sealed file and brings it back: database and files, consistent, while the portal runs.
//
// Words: a backup is a tar of a manifest (what must be in it), the database and the files, sealed with the key file, which is not in it. Without
// the key file nobody can read it, so both are kept, in different places. A restored portal is held: it serves and sends nothing until the
// operator confirms that it is the one that goes on.
//
// Tables: none of its own; the hold is a row of meta.
package backup
