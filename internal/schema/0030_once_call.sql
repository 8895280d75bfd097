-- +goose Up
-- A program's call with a key and what was answered to it: sent again, it is answered alike.
CREATE TABLE once_call (
    caller TEXT NOT NULL,  -- token
    key    TEXT NOT NULL,  -- hash of the caller's key and the address that it was used at
    body   TEXT NOT NULL,  -- SHA-256 of what was sent, hex
    answer TEXT NOT NULL,  -- JSON; '' while the call runs
    at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX once_call_old ON once_call (at);
