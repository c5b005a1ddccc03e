-- Notes that the address of a person takes no mails.
-- person: whose it is; address: its keyed hash; status: what the mail server said; now: the clock
-- lane: write
SELECT address_suppress(:'person'::uuid, :'address'::bytea, :'status', :'now'::timestamptz, :'now'::timestamptz);
