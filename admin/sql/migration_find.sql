-- Whether a migration was applied, and with the same text.
-- lane: read
SELECT m.checksum = sha256(convert_to(given.text, 'UTF8')) AS is_same
FROM (SELECT :'name'::text AS name, :'text'::text AS text) AS given
JOIN migrations m USING (name);
