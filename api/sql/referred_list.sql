-- The referrals that were redeemed in the group of a leader, the open ones first; one row without any if there are none.
-- person: the leader. Times are digits, by the clocks there.
-- lane: read
-- personal: yes
SELECT
    x.id,
    x.state,
    local_digits(x.redeemed_at, zone_of(l.group_id)) AS redeemed,
    local_digits(x.starts_at, zone_of(l.group_id))   AS starts,
    zone_of(l.group_id)                              AS _zone,
    x.steps
FROM leaders l
JOIN groups g ON g.id = l.group_id AND g.deleted_at IS NULL
LEFT JOIN LATERAL (
    SELECT r.id, r.state, r.redeemed_at, m.starts_at, t.steps
    FROM referrals r
    JOIN registrations i ON i.id = r.person_id AND i.state <> 'unconfirmed'
    LEFT JOIN meetings m ON m.id = i.meeting_id
    CROSS JOIN LATERAL (SELECT string_agg(t.action, ' ') FROM referral_transitions t
                        WHERE t.actor = 'group' AND t.state = r.state) AS t (steps)
    WHERE r.redeemed_group_id = l.group_id
    ORDER BY t.steps IS NULL, r.redeemed_at DESC
    LIMIT 100) AS x ON true
WHERE l.id = :'person'::uuid AND l.state = 'active';
