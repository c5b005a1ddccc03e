-- Entries of the audit that are to be sealed, in their order, and behind which seal. What a running transaction may
-- still put before them is not there yet.
-- lane: write
WITH last AS (
    SELECT coalesce(max(position), 0) AS position FROM audit_seals
), sealed AS (
    SELECT l.position, s.seal, coalesce(s.transaction, '0') AS transaction, coalesce(s.sequence, 0) AS sequence
    FROM last l
    LEFT JOIN audit_seals s ON s.position = l.position
)
SELECT s.position, s.seal,
       a.sequence, a.transaction, (extract(epoch FROM a.at) * 1000000)::bigint AS at, a.writer, a.action, a.resource,
       a.resource_id, a.revision, a.members, a.reason
FROM sealed s
JOIN LATERAL (
    SELECT * FROM audit
    WHERE (transaction, sequence) > (s.transaction, s.sequence)
      AND transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY transaction, sequence
    LIMIT 1000
) AS a ON true
ORDER BY a.transaction, a.sequence;
