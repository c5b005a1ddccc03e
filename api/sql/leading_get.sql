-- The leader who asks, and what their group is called.
-- lane: read
-- personal: yes
SELECT g.name, p.language
FROM persons p
JOIN groups g ON g.id = p.group_id
WHERE p.id = :'leader'::uuid;
