-- Gives each group that never meets a series, and a place of its own to the few groups that people look at.
-- now: the clock; few: whether there are venues
-- lane: write
WITH lonely AS MATERIALIZED (
    SELECT g.*, abs(hashtext(g.id::text)) AS draw, uuid_v7(:'now'::timestamptz) AS venue_id,
           CASE WHEN g.formats && '{in_person,hybrid}' AND g.point IS NOT NULL AND :'few'::boolean THEN true
                ELSE false END AS has_venue
    FROM groups g
    WHERE g.deleted_at IS NULL AND NOT EXISTS (SELECT FROM schedules s WHERE s.group_id = g.id)
), venue AS (
    INSERT INTO venues (id, organisation_id, name, setting, country, postcode, town, street, point, accessibility,
                        directions, disclosure, created_at, updated_at)
    SELECT venue_id, organisation_id,
           (ARRAY['Haus Lindenhof', 'Treffpunkt am Markt', 'Gemeindesaal', 'Bücherei'])[1 + draw % 4],
           (ARRAY['community_centre', 'counselling_centre', 'church', 'library'])[1 + draw % 4],
           country, postcode, town, 'Beispielweg ' || 1 + draw % 40,
           point_of(ST_Y(point::geometry) + (draw % 97 - 48) / 4000.0, ST_X(point::geometry) + (draw % 89 - 44) / 4000.0),
           accessibility, 'Der Eingang ist im Hof.', (ARRAY['public', 'public', 'area', 'accepted'])[1 + draw / 4 % 4],
           :'now'::timestamptz, :'now'::timestamptz
    FROM lonely
    WHERE has_venue
    RETURNING id
)
INSERT INTO schedules (group_id, starts_at_local, time_zone, duration, rules, holidays, format, venue_id, online,
                       created_at, updated_at)
SELECT
    lonely.id,
    (:'now'::timestamptz)::date + make_time(9 + draw % 12, draw / 12 % 4 * 15, 0),
    CASE country WHEN 'AT' THEN 'Europe/Vienna' WHEN 'CH' THEN 'Europe/Zurich' ELSE 'Europe/Berlin' END,
    make_interval(mins => 60 + draw / 7 % 3 * 30),
    ARRAY[CASE WHEN draw % 20 < 14 THEN 'FREQ=WEEKLY;BYDAY=' || weekday
               WHEN draw % 20 < 17 THEN 'FREQ=WEEKLY;INTERVAL=2;BYDAY=' || weekday
               ELSE 'FREQ=MONTHLY;BYDAY=1' || weekday || ',3' || weekday END],
    CASE WHEN has_venue AND draw % 3 = 0 THEN 'skip' ELSE 'meet' END,
    formats[1],
    CASE WHEN formats[1] IN ('in_person', 'hybrid') THEN venue.id END,
    CASE WHEN formats[1] <> 'in_person' THEN '{"disclosure": "accepted", "join_url": "https://treffen.example.org/raum"}'::jsonb END,
    :'now'::timestamptz,
    :'now'::timestamptz
FROM lonely
LEFT JOIN venue ON venue.id = lonely.venue_id
CROSS JOIN LATERAL (SELECT (ARRAY['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'])[1 + draw / 20 % 7] AS weekday) AS w;
