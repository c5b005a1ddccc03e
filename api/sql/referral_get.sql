-- One referral, as far as the caller may see it. That its organisation read it is noted.
-- lane: write
-- personal: yes
WITH found AS (
    SELECT r, referral_right(r, NULL, :'leads'::uuid, :'refers'::boolean, :'organisations'::uuid[]) AS seen_as
    FROM referrals r
    WHERE r.id = :'referral_id'::uuid
), noted AS MATERIALIZED (
    SELECT read_record(:'writer'::jsonb, 'referral', (r).id, '{state}', :'now'::timestamptz)
    FROM found
    WHERE seen_as = 'requester'
)
SELECT referral_shown(r, seen_as) AS _members, (r).revision AS _revision
FROM found
LEFT JOIN noted ON true
WHERE seen_as IS NOT NULL;
