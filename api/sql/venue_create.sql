-- Adds a venue. What nobody said does not give an address away: without a disclosure only its area is shown.
-- body: NewVenue
-- lane: write
WITH wanted AS (
    SELECT v
    FROM venue_of(jsonb_build_object('organisation_id', (:'organisations'::uuid[])[1], 'disclosure', 'area')
                  || :'body'::jsonb
                  || jsonb_build_object('id', uuid_v7(:'now'::timestamptz), 'revision', 1, 'created_at', :'now',
                                        'updated_at', :'now', 'writer', :'writer'::jsonb)) AS v
), verdict AS (
    SELECT
        CASE WHEN (v).organisation_id IS NULL THEN 'invalid-body'
             WHEN NOT keeps((v).organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]) THEN 'forbidden'
        END AS problem,
        v
    FROM wanted
), written AS (
    INSERT INTO venues AS t
    SELECT (verdict.v).*
    FROM verdict
    WHERE problem IS NULL
    RETURNING t AS v
)
SELECT
    problem                                                      AS _problem,
    CASE problem WHEN 'invalid-body' THEN '/organisation_id' END AS _pointer,
    venue_document(written.v, true)                              AS _members,
    (written.v).revision                                         AS _revision,
    '/v1/venues/' || (written.v).id                              AS _location
FROM verdict
LEFT JOIN written ON true;
