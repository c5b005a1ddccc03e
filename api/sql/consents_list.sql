-- What people agree to by registering, or by being told of, in every language.
-- lane: read
SELECT json_agg(json_build_object('version', c.version, 'language', c.language, 'text', c.text,
                                  'current_since', instant(c.current_since)) ORDER BY c.language) AS items
FROM consent_texts c
WHERE c.version = consent_current(coalesce(:'purpose', 'registration'), :'now'::timestamptz);
