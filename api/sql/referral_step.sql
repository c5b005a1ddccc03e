-- The leaders of the group say what becomes of a referral.
-- body: ReferralStep
-- lane: write
-- personal: yes
SELECT
    a.problem               AS _problem,
    a.pointer               AS _pointer,
    a.detail                AS _detail,
    referral_of_group(a.r)  AS _members,
    (a.r).revision          AS _revision
FROM referral_act(:'referral_id'::uuid, 'group', :'body'::jsonb ->> 'action', :'body'::jsonb ->> 'reason', :'writer'::jsonb,
                  :'leads'::uuid, false, NULL, :'now'::timestamptz) AS a;
