-- Whoever wrote takes everything back.
-- lane: write
SELECT person_erase(p.id, 'asked', :'now'::timestamptz)
FROM persons p
WHERE p.id = :'message_id'::uuid AND p.id = :'person'::uuid AND p.role = 'sender';
