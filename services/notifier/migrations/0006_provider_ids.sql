-- Only what a provider took has its ids: rows without them were entered anew with every step of a delivery.
DROP INDEX delivery_by_provider_id;
CREATE INDEX delivery_by_provider_id ON delivery USING gin (provider_message_ids) WHERE provider_message_ids <> '{}';
