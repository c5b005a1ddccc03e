-- The last day on which what begins at a time of day begins no later than the end of a rule (RFC 5545, section 3.3.10).
-- until: an instant, or a local time without Z; starts_at_local: of the series
-- lane: read
SELECT (CASE WHEN :'until' LIKE '%Z' THEN (:'until')::timestamptz AT TIME ZONE :'time_zone'
             ELSE (:'until')::timestamp END - (:'starts_at_local')::timestamp::time)::date AS day;
