-- The seals of the audit behind a position, each with the entry that it seals, as far as that is there.
-- after: position
-- lane: read
SELECT s.position, s.sequence AS sealed, s.seal,
       a.sequence, a.transaction, (extract(epoch FROM a.at) * 1000000)::bigint AS at, a.writer, a.action, a.resource,
       a.resource_id, a.revision, a.members, a.reason
FROM audit_seals s
LEFT JOIN audit a ON a.sequence = s.sequence AND a.transaction = s.transaction
WHERE s.position > :'after'::bigint
ORDER BY s.position
LIMIT 1000;
