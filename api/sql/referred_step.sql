-- A leader says what becomes of a referral, on the page that a mail led to.
-- person: the leader; step: an action, or an action, a full stop and a reason
-- lane: write
-- personal: yes
SELECT coalesce(a.problem, '') AS problem
FROM leaders l
CROSS JOIN LATERAL referral_act(:'referral_id'::uuid, 'group', split_part(:'step', '.', 1),
                                nullif(split_part(:'step', '.', 2), ''), jsonb_build_object('leader_id', l.id), l.group_id,
                                false, NULL, :'now'::timestamptz) AS a
WHERE l.id = :'person'::uuid AND l.state = 'active';
