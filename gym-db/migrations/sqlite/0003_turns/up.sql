-- When a trainer joined the team, and with how many turns, so that who is new does not get every session at first.
ALTER TABLE trainers ADD COLUMN joined_at TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00';
ALTER TABLE trainers ADD COLUMN starting_turns INTEGER NOT NULL DEFAULT 0;
