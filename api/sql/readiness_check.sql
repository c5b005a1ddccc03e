-- Whether the database answers.
-- lane: read
SELECT true AS is_ready;
