-- From when to when a list of meetings goes: four weeks from this minute on, if nobody says otherwise.
-- lane: read
SELECT
    CASE WHEN since >= until THEN 'invalid-parameter' END AS _problem,
    'to' AS _parameter,
    'must be after from' AS _detail,
    since,
    until
FROM (SELECT coalesce(:'from'::timestamptz, date_trunc('minute', :'now'::timestamptz)) AS since) AS f,
LATERAL (SELECT coalesce(:'to'::timestamptz, since + interval '28 days') AS until) AS t;
