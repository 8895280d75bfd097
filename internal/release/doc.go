// Package release gives out what the vendor makes: releases of products, made of files, and who may take which.
//
// Words: a release has a version (Name in code, because version counts changes of a row), a channel and a date; it goes from draft over
// signed to published, and may be withdrawn with a reason. A file is one thing to download. A right to a release follows from
// the support of the organisation: included, or not and why. A download is one line of somebody's history.
// A release key is the public half of a key by which detached signatures of files are checked; the private half never comes here.
//
// Tables: release, release_file, release_key, download. Below it: product, contract, account. Above it: home, importer.
package release
