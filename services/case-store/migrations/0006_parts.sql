-- Messages that come in pieces (concatenated SMS): which pieces are here, by the provider's reference. The first makes the message.
CREATE TABLE message_part (
    tenant_id text NOT NULL,
    account text NOT NULL,
    conversation_key text NOT NULL,
    reference text NOT NULL,
    part integer NOT NULL,
    total integer NOT NULL,
    text text NOT NULL,
    provider_message_id text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account, conversation_key, reference, part)
);
ALTER TABLE message_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_part FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON message_part USING (tenant_id = current_setting('app.tenant', true));

-- "Read up to" names a conversation and an instant.
CREATE INDEX message_sent_in_conversation ON message (tenant_id, conversation_id, occurred_at)
    WHERE direction = 'out' AND status IN ('accepted', 'sent', 'delivered');
GRANT SELECT, INSERT, DELETE ON message_part TO madoguchi_app;
