DROP VIEW scheduled_blocks;
DROP TABLE claims;
DROP TABLE secrets;
DROP TABLE journal_reasons;
DROP TABLE journal;
DROP TABLE idempotency_keys;
PRAGMA application_id = 0;
