-- Ends retired wrapping keys that stand for nobody any more.
-- lane: write
DELETE FROM wrapping_keys k
WHERE k.retired_at IS NOT NULL AND NOT EXISTS (SELECT FROM persons p WHERE p.wrapping_key = k.id);
