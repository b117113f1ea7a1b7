-- Who writes to us: customers, the addresses they write from, and the threads with each address.

CREATE TABLE customer (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'group')),
    display_name text,
    tier text,
    entitlement text,
    organisation text,
    tags text[] NOT NULL DEFAULT '{}',
    language text,
    merged_into uuid,
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE contact_point (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    address_kind text NOT NULL,
    address text NOT NULL,
    display_name text,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked')),
    state_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, account, address, address_kind),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer
);
CREATE INDEX contact_point_by_customer ON contact_point (tenant_id, customer_id);

CREATE TABLE conversation (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    contact_point_id uuid NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    conversation_key text NOT NULL,
    reply_token text,
    reply_expires_at timestamptz,
    window_closes_at timestamptz,
    last_inbound_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, account, conversation_key),
    FOREIGN KEY (tenant_id, contact_point_id) REFERENCES contact_point
) WITH (fillfactor = 80);
CREATE INDEX conversation_by_contact_point ON conversation (tenant_id, contact_point_id);

CREATE TABLE unrecognised (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    conversation_key text NOT NULL,
    provider_event_id text NOT NULL,
    reason text NOT NULL,
    raw text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX unrecognised_by_age ON unrecognised (tenant_id, received_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customer', 'contact_point', 'conversation', 'unrecognised'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'', true))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON customer, contact_point, conversation TO madoguchi_app;
GRANT SELECT, INSERT ON unrecognised TO madoguchi_app;
