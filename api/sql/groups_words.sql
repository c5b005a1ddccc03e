-- What the words of a search stand for; null if they say nothing.
-- lane: read
SELECT search_query(:'q')::text AS words;
