-- Leaves what a sender has to others.
-- sender: who
-- lane: write
UPDATE webhook_progress SET lease_until = NULL WHERE sender = :'sender'::uuid;
