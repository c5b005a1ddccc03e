-- Notes what became of attempts, tells webhooks of what has happened, and gives what is to be sent now.
-- sender: who; results: [{id, code, error, wait}]; changes: of how many each is told; held: what the sender has; busy:
-- [{webhook, at_hand, room}]; most: how many at once; now: the clock
-- lane: write
SELECT *
FROM webhooks_exchange(:'sender'::uuid, :'results'::jsonb, :'changes'::integer, :'held'::uuid[], :'busy'::jsonb,
                       :'most'::integer, :'now'::timestamptz);
