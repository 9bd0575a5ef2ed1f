-- The extension stays: others may use it.
DROP VIEW scheduled_blocks;
DROP TABLE claims;
DROP TABLE secrets;
DROP TABLE journal_reasons;
DROP TABLE journal;
DROP FUNCTION journal_append_only();
DROP TABLE idempotency_keys;
DROP FUNCTION read_committed();
