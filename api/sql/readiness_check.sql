-- Whether the database answers, and whether the law of some zone may have changed without us.
-- lane: read
SELECT EXISTS (SELECT FROM zone_data WHERE installed <> packaged) AS has_old_zones;
