-- Notes what became of attempts.
-- results: [{id, code, error, wait}]; now: the clock
-- lane: write
SELECT webhook_deliveries_settle(:'results'::jsonb, :'now'::timestamptz);
