-- Confirms an address by what was mailed there; the answer has nothing personal in it.
-- token_hash: the keyed hash of the token
-- lane: write
SELECT
    a.problem AS _problem,
    a.detail  AS _detail,
    jsonb_strip_nulls(jsonb_build_object('id', w._members -> 'id', 'state', w._members -> 'state',
                                         'position', w._members -> 'position')) AS _members
FROM registration_confirm(:'registration_id'::uuid, :'token_hash'::bytea, :'now'::timestamptz) AS a
LEFT JOIN LATERAL registration_row(shown_to_caller(a.r), 'leader', NULL, NULL, :'now'::timestamptz) AS w ON a.problem IS NULL;
