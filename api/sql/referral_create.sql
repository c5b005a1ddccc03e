-- Adds a referral, and names the groups that may take somebody.
-- body: NewReferral; code_hash: the keyed hash of its code
-- lane: write
-- personal: yes
SELECT
    c.problem                      AS _problem,
    c.pointer                      AS _pointer,
    c.detail                       AS _detail,
    referral_document(c.r)         AS _members,
    CASE WHEN c.problem IS NULL THEN referral_matches(c.r, :'now'::timestamptz) END AS matches,
    (c.r).revision                 AS _revision,
    '/v1/referrals/' || (c.r).id   AS _location
FROM referral_create(:'body'::jsonb, :'code_hash'::bytea, :'organisations'::uuid[], :'writer'::jsonb, :'now'::timestamptz) AS c;
