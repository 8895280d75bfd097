-- +goose Up
CREATE TABLE search_doc (
    n      INTEGER PRIMARY KEY,
    doc_id TEXT NOT NULL
);
CREATE UNIQUE INDEX search_doc_doc_id_key ON search_doc (doc_id);
CREATE VIRTUAL TABLE search_index USING fts5(words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
