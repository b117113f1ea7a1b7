"""The SQL of the deliveries. `now` is always an argument: the transaction's clock, or a test's."""

from typing import Final

ADD: Final = """
INSERT INTO delivery (tenant_id, id, case_id, conversation_id, author, content, paths, idempotency_key, requested_at,
                      expires_at, traceparent, channel, account, recipient, next_attempt_at, event)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7::text::jsonb, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::jsonb)
ON CONFLICT (tenant_id, id) DO NOTHING RETURNING true
"""

# The head of a conversation: nothing of it is in flight, and no earlier message is due now or still holds it back. One row at least:
# the loop hears when to look again, unless it has all that it asked for.
DUE: Final = """
WITH due AS (
    SELECT * FROM delivery AS c
    WHERE c.state IN ('pending', 'retry', 'ambiguous') AND c.next_attempt_at <= $2
      AND NOT EXISTS (
        SELECT FROM delivery AS b
        WHERE b.tenant_id = c.tenant_id AND b.conversation_id = c.conversation_id AND b.id <> c.id
          AND b.state IN ('pending', 'sending', 'retry', 'ambiguous')
          AND (b.state = 'sending' OR (b.sequence < c.sequence
               AND (b.blocks_until IS NULL OR b.blocks_until > $2 OR b.next_attempt_at <= $2))))
    ORDER BY c.next_attempt_at, c.sequence
    LIMIT $1
    FOR UPDATE OF c SKIP LOCKED
)
SELECT due.*, CASE WHEN (SELECT count(*) FROM due) < $1 THEN (
    SELECT min(w.next_attempt_at) FROM delivery AS w
    WHERE w.state IN ('pending', 'retry', 'ambiguous') AND (w.tenant_id, w.id) NOT IN (SELECT tenant_id, id FROM due)
) END AS next_due
FROM (VALUES (true)) AS one (row) LEFT JOIN due ON one.row
"""

# Without a way it keeps the last one.
TAKE: Final = """
UPDATE delivery AS d
SET state = 'sending', claimed_from = d.state, attempt = d.attempt + 1, attempt_started_at = $1::timestamptz,
    lease_until = $1 + $2::interval, blocks_until = coalesce(d.blocks_until, $1 + $3::interval), lease_owner = $4,
    chosen_path = coalesce(c.path, d.chosen_path), method = coalesce(c.method, d.method),
    channel = coalesce(c.channel, d.channel), account = coalesce(c.account, d.account),
    recipient = coalesce(c.recipient, d.recipient)
FROM unnest($5::text[], $6::uuid[], $7::smallint[], $8::text[], $9::text[], $10::text[], $11::text[])
     AS c (tenant_id, id, path, method, channel, account, recipient)
WHERE d.tenant_id = c.tenant_id AND d.id = c.id
"""

NEXT_DUE: Final = "SELECT min(next_attempt_at) FROM delivery WHERE state IN ('pending', 'retry', 'ambiguous')"

ABANDON: Final = "UPDATE delivery SET lease_until = $2 WHERE state = 'sending' AND lease_owner = $1"

EXPIRED_LEASES: Final = """
SELECT * FROM delivery WHERE state = 'sending' AND lease_until <= $2
ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED
"""

SAVE: Final = """
WITH saved AS (
    UPDATE delivery
    SET state = $5, doubtful_since = $6, next_attempt_at = coalesce($7, next_attempt_at),
        failures = coalesce($8, failures), faults = coalesce($9, faults),
        closed_ways = coalesce($10::text::jsonb, closed_ways), parts_done = coalesce($11, parts_done),
        parts_total = coalesce($12, parts_total), provider_message_ids = coalesce($13::text[], provider_message_ids),
        last_code = coalesce($14, last_code), last_reason = coalesce($15, last_reason), finished_at = $16,
        attempt = attempt - $17::int, lease_until = NULL, claimed_from = NULL
    WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND state = ANY($4) RETURNING true AS done, account
), named AS (
    INSERT INTO provider_message (tenant_id, account, provider_message_id)
    SELECT $1, account, unnest($13::text[]) FROM saved ON CONFLICT DO NOTHING
), recorded AS (
    INSERT INTO attempt (tenant_id, delivery_id, n, started_at, ended_at, channel, account, method, outcome, code, reason,
                         http_status)
    SELECT $1, $2, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27 FROM saved WHERE $18::int IS NOT NULL
    ON CONFLICT (tenant_id, delivery_id, n) DO UPDATE
    SET ended_at = excluded.ended_at, outcome = excluded.outcome, code = excluded.code, reason = excluded.reason,
        http_status = excluded.http_status
)
SELECT done FROM saved
"""

RELEASE: Final = """
UPDATE delivery
SET state = claimed_from, claimed_from = NULL, attempt = attempt - 1, lease_until = NULL, next_attempt_at = $4
WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND state = 'sending' RETURNING true
"""

ADVANCE: Final = """
WITH advanced AS (
    UPDATE delivery
    SET parts_done = $4, provider_message_ids = $5::text[], method = $6, lease_until = $7::timestamptz + $8::interval,
        doubtful_since = NULL
    WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND state = 'sending' RETURNING account
), named AS (
    INSERT INTO provider_message (tenant_id, account, provider_message_id)
    SELECT $1, account, unnest($5::text[]) FROM advanced ON CONFLICT DO NOTHING
)
SELECT true FROM advanced
"""

REDRIVE: Final = """
UPDATE delivery
SET state = 'pending', failures = 0, faults = 0, closed_ways = '{}', doubtful_since = NULL, blocks_until = NULL,
    next_attempt_at = $3, expires_at = $4, finished_at = NULL
WHERE tenant_id = $1 AND id = $2 AND state = $5 RETURNING true
"""

APPROVE: Final = "UPDATE delivery SET approved_by = $3 WHERE tenant_id = $1 AND id = $2"

GET: Final = "SELECT * FROM delivery WHERE tenant_id = $1 AND id = $2"

LISTED: Final = """
SELECT * FROM delivery WHERE tenant_id = $1 AND ($2::text IS NULL OR state = $2) AND sequence > $3
ORDER BY sequence LIMIT $4
"""

ATTEMPTS: Final = "SELECT * FROM attempt WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY n"

OWNS: Final = """
SELECT true FROM provider_message WHERE tenant_id = $1 AND account = $2 AND provider_message_id = $3
"""

DOUBTFUL: Final = """
SELECT * FROM delivery
WHERE tenant_id = $1 AND account = $2 AND recipient = $3 AND state IN ('sending', 'ambiguous', 'held')
ORDER BY sequence FOR UPDATE
"""

PARK: Final = """
INSERT INTO parked_receipt (tenant_id, account, provider_message_id, recipient, status, reason, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""

PARKED: Final = """
SELECT * FROM parked_receipt WHERE tenant_id = $1 AND account = $2 AND recipient = $3 ORDER BY occurred_at LIMIT 100
"""

UNPARK: Final = """
DELETE FROM parked_receipt WHERE tenant_id = $1 AND account = $2 AND provider_message_id = ANY($3)
"""

SWEEP: Final = "DELETE FROM parked_receipt WHERE parked_at < $1::timestamptz - interval '48 hours'"

SWEEP_CHAT: Final = "DELETE FROM chat_line WHERE at < $1::timestamptz - interval '90 days'"

WAITING: Final = """
SELECT state, count(*) AS count FROM delivery
WHERE state IN ('pending', 'sending', 'retry', 'ambiguous', 'held') GROUP BY state
"""
