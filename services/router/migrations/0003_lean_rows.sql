-- Nobody searches inside the records: json is taken as it comes, jsonb is taken apart and put together again at each write.
ALTER TABLE agent ALTER COLUMN record TYPE json USING record::json;
ALTER TABLE work_item ALTER COLUMN record TYPE json USING record::json;
ALTER TABLE sla_ledger ALTER COLUMN entry TYPE json USING entry::json;
ALTER TABLE decision ALTER COLUMN detail TYPE json USING detail::json;
ALTER TABLE command_result ALTER COLUMN outcome TYPE json USING outcome::json;

-- Where it was armed, if that trace is kept: what time makes due later is linked to it.
ALTER TABLE work_item ADD COLUMN traceparent text;
ALTER TABLE sla_timer ADD COLUMN traceparent text;
