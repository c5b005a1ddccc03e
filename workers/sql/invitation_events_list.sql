-- A meeting as a mail carries it for calendar programs.
-- person: whose; meeting: which
-- lane: read
SELECT * FROM invitation_events(:'person'::uuid, :'meeting'::uuid);
