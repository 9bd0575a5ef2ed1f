ALTER TABLE trainers DROP COLUMN starting_turns;
ALTER TABLE trainers DROP COLUMN joined_at;
