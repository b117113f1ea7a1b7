-- What agents and policies say of a case, what it waits for, and notes that no customer sees.

ALTER TABLE customer_case
    ADD COLUMN subject text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN fields jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN priority smallint CHECK (priority BETWEEN 1 AND 9),
    ADD COLUMN work_priority smallint,
    ADD COLUMN pauses jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN answered_at timestamptz,
    ADD COLUMN reopened boolean NOT NULL DEFAULT false,
    ADD COLUMN resolution text,
    ADD CHECK (status = 'open' OR pauses = '{}'),
    ADD CHECK (status = 'resolved' OR resolution IS NULL);
CREATE INDEX case_by_pause ON customer_case (tenant_id, id DESC) WHERE pauses <> '{}';

ALTER TABLE message DROP CONSTRAINT message_direction_check;
ALTER TABLE message ADD CONSTRAINT message_direction_check CHECK (direction IN ('in', 'out', 'note'));
