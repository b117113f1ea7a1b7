-- Done work is forgotten after a while, with what was decided about it; ledgers later. Nothing of them is ever changed.

CREATE INDEX offer_by_case ON offer (tenant_id, case_id);
CREATE INDEX sla_ledger_by_age ON sla_ledger USING brin (at);

-- Housekeeping acts for all tenants.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['offer', 'assignment', 'decision', 'sla_ledger'] LOOP
        EXECUTE format('DROP POLICY tenant ON %I', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (current_setting(''app.tenant'', true) IN (tenant_id, ''*''))', name);
    END LOOP;
END $$;

GRANT DELETE ON work_item, offer, assignment, decision, sla_ledger TO madoguchi_app;
