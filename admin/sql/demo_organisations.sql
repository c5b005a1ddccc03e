-- The organisations that keep the groups of the demonstration; all of them are invented.
-- now: the clock
-- lane: write
INSERT INTO organisations (id, parent_id, kind, name, summary, region, contact, website, created_at, updated_at, writer)
SELECT ('01980000-0000-7000-8000-00000000000' || o.number)::uuid,
       ('01980000-0000-7000-8000-00000000000' || o.parent)::uuid,
       o.kind, o.name, o.summary, o.region::jsonb, o.contact::jsonb, 'https://' || o.host || '/',
       :'now'::timestamptz, :'now'::timestamptz, '{"demo": true}'
FROM (VALUES
    (1, NULL, 'umbrella',               'Selbsthilfeverbund Drei Ufer e. V.',       'drei-ufer.example.org',
     'Dachverband der drei Kontaktstellen. Alles in dieser Vorführung ist erfunden.',
     '{"country": "DE"}',
     '{"email": "post@drei-ufer.example.org", "phone": "+49 69 90009 100"}'),

    (2, 1,    'contact_point',          'Selbsthilfekontaktstelle Rheinbogen',       'rheinbogen.example.org',
     'Berät, vermittelt und hilft beim Gründen von Gruppen in Köln und im Umland.',
     '{"country": "DE", "postcodes": ["50", "51", "53"], "description": "Köln, Bonn und Umgebung"}',
     '{"email": "rheinbogen@example.org", "phone": "+49 221 4710 120", "address": "Beispielgasse 5, 50667 Köln"}'),

    (3, 1,    'contact_point',          'Selbsthilfekontaktstelle Auwaldbrücke',     'auwaldbruecke.example.org',
     'Anlaufstelle für alle, die in Leipzig eine Gruppe suchen, besuchen oder beginnen möchten.',
     '{"country": "DE", "postcodes": ["04", "06"], "description": "Leipzig, Halle und Umgebung"}',
     '{"email": "auwaldbruecke@example.org", "phone": "+49 30 23125 340", "address": "Musterweg 11, 04109 Leipzig"}'),

    (4, 1,    'contact_point',          'Selbsthilfekontaktstelle Tannengrund',      'tannengrund.example.org',
     'Begleitet die Gruppen zwischen Kaiserstuhl und Hochschwarzwald, auch in schwierigen Zeiten.',
     '{"country": "DE", "postcodes": ["78", "79"], "description": "Freiburg, Schwarzwald und Bodensee"}',
     '{"email": "tannengrund@example.org", "phone": "+49 89 99998 560", "address": "Probeplatz 2, 79098 Freiburg"}'),

    (5, NULL, 'self_help_organisation', 'Seltenlicht – Bund seltener Erkrankungen',  'seltenlicht.example.org',
     'Bringt Menschen zusammen, die weit und breit als Einzige mit ihrer Erkrankung leben.',
     '{"country": "DE"}',
     '{"email": "seltenlicht@example.org", "phone": "+49 40 66969 710"}'),

    (6, NULL, 'self_help_organisation', 'Trockenen Fußes – Selbsthilfe bei Sucht',   'trockenen-fusses.example.org',
     'Gemeinschaft von Gruppen für Menschen mit Suchterkrankung und für ihre Angehörigen.',
     '{"country": "DE"}',
     '{"email": "trockenen-fusses@example.org", "phone": "+49 221 4710 880"}')
) AS o (number, parent, kind, name, host, summary, region, contact)
ORDER BY o.number
ON CONFLICT DO NOTHING;
