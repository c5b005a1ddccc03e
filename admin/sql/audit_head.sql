-- The last seal of the audit.
-- lane: read
SELECT position, encode(seal, 'hex') AS seal
FROM audit_seals
ORDER BY position DESC
LIMIT 1;
