-- Tells row level security who is asking, for one transaction.
-- lane: all
SELECT set_config('runde.persons', coalesce('{' || coalesce(:'person'::uuid, :'leader'::uuid) || '}', ''), true),
       set_config('runde.leads', coalesce(:'leads'::uuid::text, ''), true),
       set_config('runde.organisations', coalesce(:'organisations'::uuid[]::text, ''), true),
       set_config('runde.is_admin', :'is_admin'::boolean::text, true);
