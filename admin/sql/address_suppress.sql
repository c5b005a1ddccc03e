-- Notes that the address of a person takes no mails.
-- person: whose it is; address: its keyed hash; status: what the report says; sent: when the mail was; now: the clock
-- lane: write
SELECT address_suppress(:'person'::uuid, :'address'::bytea, :'status', :'sent'::timestamptz, :'now'::timestamptz) AS counts;
