-- The history: messages numbered without gaps per case, their providers' names, reactions, and what came too early.

CREATE TABLE message (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    event_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    author_kind text NOT NULL,
    author_id text NOT NULL,
    author_name text,
    content jsonb NOT NULL,
    automatic boolean NOT NULL DEFAULT false,
    status text,
    error_code text,
    held_reason text,
    attempts integer NOT NULL DEFAULT 0,
    occurred_at timestamptz NOT NULL,
    added_at timestamptz NOT NULL,
    edited_at timestamptz,
    unsent_at timestamptz,
    traceparent text,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, case_id, seq),
    UNIQUE (tenant_id, event_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES customer_case,
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation,
    CHECK ((direction = 'out') = (status IS NOT NULL))
);

-- A row without a message is a receipt or an amendment that came first: whoever brings the message waits on this row's key,
-- so the two can't miss each other.
CREATE TABLE provider_message (
    tenant_id text NOT NULL,
    account text NOT NULL,
    provider_message_id text NOT NULL,
    message_id uuid,
    part integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, account, provider_message_id),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message
);
CREATE INDEX provider_message_by_message ON provider_message (tenant_id, message_id, part);

-- An empty emoji is a reaction taken back; the row stays so that an older one can't return.
CREATE TABLE reaction (
    tenant_id text NOT NULL,
    message_id uuid NOT NULL,
    reactor text NOT NULL,
    emoji text NOT NULL,
    reacted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id, reactor),
    FOREIGN KEY (tenant_id, message_id) REFERENCES message
);

CREATE TABLE parked_receipt (
    tenant_id text NOT NULL,
    event_id uuid NOT NULL,
    account text NOT NULL,
    provider_message_id text NOT NULL,
    type text NOT NULL,
    event jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX parked_receipt_by_message ON parked_receipt (tenant_id, account, provider_message_id);

CREATE TABLE parked_amendment (LIKE parked_receipt, PRIMARY KEY (tenant_id, event_id));
CREATE INDEX parked_amendment_by_message ON parked_amendment (tenant_id, account, provider_message_id);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['message', 'provider_message', 'reaction', 'parked_receipt', 'parked_amendment'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'', true))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON message, provider_message, reaction TO madoguchi_app;
GRANT SELECT, INSERT, DELETE ON parked_receipt, parked_amendment TO madoguchi_app;
