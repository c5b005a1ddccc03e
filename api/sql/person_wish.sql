-- How a person wants to be written to; what is null stays.
-- wanted_language, mails, reminders: an array
-- lane: write
SELECT person_wish(:'person'::uuid, :'wanted_language', :'mails', :'reminders'::text[], :'now'::timestamptz);
