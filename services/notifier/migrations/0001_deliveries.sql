-- Replies on their way to customers. `id` is the message's id; `conversation_id` and `sequence` keep a conversation's order.
CREATE TABLE delivery (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    state text NOT NULL DEFAULT 'pending' CHECK (
        state IN ('pending', 'sending', 'accepted', 'retry', 'ambiguous', 'held', 'failed', 'expired', 'dead')),
    author jsonb NOT NULL,
    content jsonb NOT NULL,
    paths jsonb NOT NULL,
    idempotency_key uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    traceparent text,
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    faults integer NOT NULL DEFAULT 0,
    claimed_from text,
    attempt_started_at timestamptz,
    lease_until timestamptz,
    lease_owner text,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    blocks_until timestamptz,
    chosen_path smallint,
    method text,
    channel text NOT NULL,
    account text NOT NULL,
    recipient text NOT NULL,
    closed_ways jsonb NOT NULL DEFAULT '{}',
    doubtful_since timestamptz,
    parts_done smallint NOT NULL DEFAULT 0,
    parts_total smallint,
    provider_message_ids text[] NOT NULL DEFAULT '{}',
    last_code text,
    last_reason text,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'sending') = (lease_until IS NOT NULL))
);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state IN ('pending', 'retry', 'ambiguous');
CREATE INDEX delivery_leases ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_order ON delivery (tenant_id, conversation_id, sequence)
    WHERE state IN ('pending', 'sending', 'retry', 'ambiguous');
CREATE INDEX delivery_by_state ON delivery (tenant_id, state, sequence);
CREATE INDEX delivery_doubtful ON delivery (tenant_id, account, recipient) WHERE state IN ('sending', 'ambiguous', 'held');
CREATE INDEX delivery_by_provider_id ON delivery USING gin (provider_message_ids);
-- The promise "one in flight per conversation", kept by the store itself.
CREATE UNIQUE INDEX one_in_flight ON delivery (tenant_id, conversation_id) WHERE state = 'sending';

CREATE TABLE attempt (
    tenant_id text NOT NULL,
    delivery_id uuid NOT NULL,
    n integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    method text,
    outcome text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    http_status integer,
    PRIMARY KEY (tenant_id, delivery_id, n),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES delivery (tenant_id, id) ON DELETE CASCADE
);

-- Receipts that came before the answer to the request they tell of; kept 48 hours.
CREATE TABLE parked_receipt (
    tenant_id text NOT NULL,
    account text NOT NULL,
    provider_message_id text NOT NULL,
    recipient text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL DEFAULT '',
    occurred_at timestamptz NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account, provider_message_id)
);
CREATE INDEX parked_receipt_by_recipient ON parked_receipt (tenant_id, account, recipient);
CREATE INDEX parked_receipt_by_age ON parked_receipt (parked_at);

-- '*' is the sender's loop: it claims what is due for all tenants in one statement, and sweeps old parked receipts.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['delivery', 'attempt', 'parked_receipt'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
END $$;

ALTER TABLE delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, fillfactor = 80);

GRANT SELECT, INSERT, UPDATE, DELETE ON delivery, attempt, parked_receipt TO madoguchi_app;
