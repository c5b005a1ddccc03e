-- Whoever made a referral takes it back.
-- body: ReferralCancellation
-- lane: write
-- personal: yes
SELECT
    a.problem               AS _problem,
    a.pointer               AS _pointer,
    a.detail                AS _detail,
    referral_document(a.r)  AS _members,
    (a.r).revision          AS _revision
FROM referral_act(:'referral_id'::uuid, 'requester', 'cancel', :'body'::jsonb ->> 'reason', :'writer'::jsonb, NULL,
                  :'refers'::boolean, :'organisations'::uuid[], :'now'::timestamptz) AS a;
