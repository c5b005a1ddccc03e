-- A leader says whether what is published of their group is still right.
-- answer: right or gone
-- lane: write
SELECT entry_answer(:'person'::uuid, :'answer', :'now'::timestamptz) AS problem;
