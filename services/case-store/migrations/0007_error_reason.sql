-- The sentence beside error_code, for the agent who wrote it.
ALTER TABLE message ADD COLUMN error_reason text;
