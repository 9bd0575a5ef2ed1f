PRAGMA application_id = 1196248369; -- 'GYM1'

CREATE TABLE idempotency_keys (
    key        TEXT NOT NULL PRIMARY KEY,
    body_hash  TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT idempotency_keys_body_hash CHECK (length(body_hash) = 64)
);

CREATE TABLE journal (
    id               INTEGER NOT NULL PRIMARY KEY,
    at               TIMESTAMP NOT NULL,
    command          TEXT NOT NULL,
    body             TEXT NOT NULL,
    actor            TEXT NOT NULL,
    key              TEXT NOT NULL REFERENCES idempotency_keys (key),
    policy_version   BIGINT,
    tzdb             TEXT NOT NULL,
    decision_version INTEGER NOT NULL,
    outcome          TEXT NOT NULL,
    ids              TEXT NOT NULL,
    CONSTRAINT journal_at CHECK (
        typeof(at) = 'text'
        AND substr(at, 1, 19) IS strftime('%Y-%m-%d %H:%M:%S', substr(at, 1, 19))
        AND (length(at) = 19 OR (length(at) IN (23, 26) AND substr(at, 20, 1) = '.' AND substr(at, 21) NOT GLOB '*[^0-9]*'))
    )
);

CREATE UNIQUE INDEX journal_key ON journal (key);
CREATE INDEX journal_command ON journal (command, id);

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'journal_append_only');
END;

CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'journal_append_only');
END;

-- INSERT OR REPLACE deletes the old row without firing its DELETE trigger.
CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE id = NEW.id OR key = NEW.key)
BEGIN
    SELECT RAISE(ABORT, 'journal_append_only');
END;

-- Why a command was given, in words that no other row keeps. They may be about a person: they can be erased.
CREATE TABLE journal_reasons (
    key TEXT NOT NULL PRIMARY KEY REFERENCES idempotency_keys (key),
    why TEXT NOT NULL
);

-- What the hashes in journal and keys are made with, so that nobody finds a short text by trying.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    CONSTRAINT secrets_value CHECK (length(value) = 64)
);

INSERT INTO secrets (name, value) VALUES ('journal', lower(hex(randomblob(32))));

CREATE TABLE claims (
    id            INTEGER NOT NULL PRIMARY KEY,
    resource_kind TEXT NOT NULL,
    resource_id   BIGINT NOT NULL,
    owner_kind    TEXT NOT NULL,
    owner_id      BIGINT NOT NULL,
    block_start   TIMESTAMP NOT NULL,
    block_end     TIMESTAMP NOT NULL,
    starts_at     TIMESTAMP NOT NULL,
    ends_at       TIMESTAMP NOT NULL,
    state         TEXT NOT NULL,
    CONSTRAINT claims_resource_kind CHECK (resource_kind IN ('trainer', 'room', 'unit', 'member')),
    CONSTRAINT claims_owner_kind CHECK (owner_kind IN ('class', 'session', 'registration', 'maintenance')),
    CONSTRAINT claims_state CHECK (state IN ('live', 'released')),
    CONSTRAINT claims_period CHECK (starts_at <= block_start AND block_start < block_end AND block_end <= ends_at),
    -- Only one form of a timestamp compares rightly as text. IS, because NULL would pass a CHECK.
    CONSTRAINT claims_times CHECK (
        typeof(block_start) = 'text' AND block_start IS strftime('%Y-%m-%d %H:%M:%S', block_start)
        AND typeof(block_end) = 'text' AND block_end IS strftime('%Y-%m-%d %H:%M:%S', block_end)
        AND typeof(starts_at) = 'text' AND starts_at IS strftime('%Y-%m-%d %H:%M:%S', starts_at)
        AND typeof(ends_at) = 'text' AND ends_at IS strftime('%Y-%m-%d %H:%M:%S', ends_at)
    )
);

CREATE INDEX claims_live ON claims (resource_kind, resource_id, starts_at) WHERE state = 'live';
CREATE INDEX claims_owner ON claims (owner_kind, owner_id);
-- For how many seats the units of a class allow; no booking writes to it.
CREATE INDEX claims_units ON claims (owner_kind, owner_id) WHERE resource_kind = 'unit' AND state = 'live';
-- For scheduled_blocks of a period.
CREATE INDEX claims_blocks ON claims (resource_kind, block_start) WHERE resource_kind = 'trainer' AND state = 'live';

-- Live claims of one resource never overlap, so the last to start before the new end is the last to end.
CREATE TRIGGER claims_no_overlap_insert BEFORE INSERT ON claims
WHEN NEW.state = 'live'
BEGIN
    SELECT RAISE(ABORT, 'claims_no_overlap') WHERE NEW.starts_at < (
        SELECT taken.ends_at FROM claims AS taken
        WHERE taken.resource_kind = NEW.resource_kind AND taken.resource_id = NEW.resource_id
          AND taken.state = 'live' AND taken.starts_at < NEW.ends_at
        ORDER BY taken.starts_at DESC LIMIT 1
    );
END;

CREATE TRIGGER claims_no_overlap_update BEFORE UPDATE ON claims
WHEN NEW.state = 'live'
BEGIN
    SELECT RAISE(ABORT, 'claims_no_overlap') WHERE NEW.starts_at < (
        SELECT taken.ends_at FROM claims AS taken
        WHERE taken.resource_kind = NEW.resource_kind AND taken.resource_id = NEW.resource_id
          AND taken.state = 'live' AND taken.id <> OLD.id AND taken.starts_at < NEW.ends_at
        ORDER BY taken.starts_at DESC LIMIT 1
    );
END;

CREATE VIEW scheduled_blocks AS
SELECT resource_id AS trainer_id,
       block_start AS date,
       block_start AS start_time,
       block_end   AS end_time,
       owner_kind  AS type,
       owner_id    AS id
FROM claims
WHERE resource_kind = 'trainer' AND state = 'live' AND owner_kind IN ('session', 'class');
