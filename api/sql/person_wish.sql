-- How a person wants to be written to; what is null stays.
-- wanted_language, mails; reminding: see person_wish(); lead_times: an array
-- lane: write
SELECT person_wish(:'person'::uuid, :'wanted_language', :'mails', :'reminding', :'lead_times'::text[], :'now'::timestamptz);
