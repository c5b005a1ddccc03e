-- Who looks at the sessions sees which is the sender's.
-- lane: write
SELECT set_config('application_name', 'runde-sender', false);
