-- What is to be sent now, by a sender that has some already.
-- sender: who; busy: [{webhook, room, held}]; most: how many at once; now: the clock
-- lane: write
SELECT * FROM webhook_deliveries_claim(:'sender'::uuid, :'busy'::jsonb, :'most'::integer, :'now'::timestamptz);
