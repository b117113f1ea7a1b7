-- Lists of the cases that a bot has, that wait for people, or that people took over.
CREATE INDEX case_handling_held ON case_handling (tenant_id, state, case_id DESC) WHERE state <> 'closed';
