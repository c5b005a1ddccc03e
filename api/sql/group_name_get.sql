-- What a group is called, for whoever says to lead it.
-- lane: read
SELECT g.name FROM groups g WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL;
