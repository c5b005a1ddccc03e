-- Whether a form is sent for the first time.
-- form_hash: of the key that was in it; ends: until when that is remembered
-- lane: write
SELECT challenge_spend(jsonb_build_object('challenge', :'form_hash'::text, 'challenge_ends', :'ends'::text)) AS is_new;
