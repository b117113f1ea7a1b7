-- Whose message a provider's id names, asked for every receipt. An index over `delivery.provider_message_ids` can't answer: row security
-- keeps the array's operators from it, so that all of a tenant's deliveries were read, and every step of a delivery entered it there anew.
CREATE TABLE provider_message (
    tenant_id text NOT NULL,
    account text NOT NULL,
    provider_message_id text NOT NULL,
    PRIMARY KEY (tenant_id, account, provider_message_id)
);
ALTER TABLE provider_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_message FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON provider_message USING (current_setting('app.tenant', true) IN (tenant_id, '*'));
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_message TO madoguchi_app;

SELECT set_config('app.tenant', '*', true);
INSERT INTO provider_message SELECT tenant_id, account, unnest(provider_message_ids) FROM delivery ON CONFLICT DO NOTHING;
DROP INDEX delivery_by_provider_id;
