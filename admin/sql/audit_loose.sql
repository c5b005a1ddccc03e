-- Entries of the audit without a seal: the first of those that stand before sealed ones (somebody put it there), and
-- those that wait to be sealed.
-- lane: read
WITH last AS (
    SELECT transaction, sequence FROM audit_seals ORDER BY position DESC LIMIT 1
), loose AS (
    SELECT a.sequence, a.at, EXISTS (SELECT FROM last l WHERE (a.transaction, a.sequence) <= (l.transaction, l.sequence))
                             AS is_before
    FROM audit a
    WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.sequence = a.sequence)
)
SELECT min(sequence) FILTER (WHERE is_before) AS inserted,
       count(*) FILTER (WHERE NOT is_before) AS waiting,
       instant(min(at) FILTER (WHERE NOT is_before)) AS since
FROM loose;
