-- +goose Up
CREATE TABLE search_doc (
    n      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    doc_id TEXT NOT NULL
);
CREATE UNIQUE INDEX search_doc_doc_id_key ON search_doc (doc_id);
CREATE TABLE search_index (
    n     BIGINT PRIMARY KEY,
    words tsvector NOT NULL
);
CREATE INDEX search_index_words ON search_index USING gin (words);
