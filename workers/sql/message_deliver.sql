-- Forgets the text of a message that is delivered.
-- key: the id of the message; now: the clock
-- lane: write
SELECT message_deliver(:'key'::uuid, :'now'::timestamptz);
