-- A page of the referrals that the caller may see, the newest first. That their organisation read them is noted, each of them.
-- after: [id] of the row before the page
-- lane: write
-- personal: yes
WITH page AS (
    SELECT r, referral_right(r, NULL, :'leads'::uuid, :'refers'::boolean, :'organisations'::uuid[]) AS seen_as,
           row_number() OVER (ORDER BY r.id DESC) AS number
    FROM referrals r
    WHERE (r.organisation_id = ANY (CASE WHEN :'refers'::boolean THEN :'organisations'::uuid[] END)
           OR r.redeemed_group_id = :'leads'::uuid)
      AND (:'state'::text[] IS NULL OR r.state = ANY (:'state'::text[]))
      AND (:'updated_since'::timestamptz IS NULL OR r.updated_at >= :'updated_since'::timestamptz
           OR (r.redeemed_group_id = :'leads'::uuid AND r.redeemed_at >= :'updated_since'::timestamptz))
      AND (:'after'::jsonb IS NULL OR r.id < (:'after'::jsonb ->> 0)::uuid)
    ORDER BY r.id DESC
    LIMIT :'limit'::integer + 1
), noted AS MATERIALIZED (
    SELECT count(read_record(:'writer'::jsonb, 'referral', (r).id, '{state}', :'now'::timestamptz)::text)
    FROM page
    WHERE seen_as = 'requester' AND number <= :'limit'::integer
)
SELECT referral_shown(r, seen_as) AS _members, (r).id AS _next_id
FROM page
LEFT JOIN noted ON true
ORDER BY number;
