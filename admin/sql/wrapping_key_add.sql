-- A wrapping key in the place of the one before: there is always one that is not retired, and never two.
-- id, wrapped: the new one; now: the clock
-- lane: write
WITH retired AS (
    UPDATE wrapping_keys
    SET retired_at = :'now'::timestamptz
    WHERE retired_at IS NULL
)
INSERT INTO wrapping_keys (id, wrapped, created_at)
VALUES (:'id'::integer, :'wrapped'::bytea, :'now'::timestamptz);
