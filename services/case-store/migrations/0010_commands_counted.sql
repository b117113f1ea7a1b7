-- How many commands about the case the router was sent: the number of the last one. Counted under the case's lock.
ALTER TABLE customer_case ADD COLUMN last_command bigint NOT NULL DEFAULT 0;
