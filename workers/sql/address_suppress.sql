-- Notes that an address takes no mails. What was said first stays.
-- address: its keyed hash; now: the clock; status: what the mail server said
-- lane: write
INSERT INTO suppressed_addresses (address, since, status)
VALUES (:'address'::bytea, :'now'::timestamptz, :'status')
ON CONFLICT (address) DO NOTHING;
