-- Changes a group to what its patched document says, if it is still at the revision that was patched.
-- body: the whole NewGroup
-- lane: write
WITH wanted AS (
    SELECT g
    FROM group_of(jsonb_build_object('organisation_id', (:'organisations'::uuid[])[1]) || :'body'::jsonb) AS g
), verdict AS (
    SELECT v.problem, v.pointer, wanted.g
    FROM wanted, group_verdict(wanted.g, :'is_admin'::boolean, acting_for(:'group_id'::uuid, :'organisations'::uuid[])) AS v
), written AS (
    UPDATE groups AS t
    SET (slug, name, summary, description, language_of_text, topic_ids, audience, age_from, age_to, leadership,
         duration, status, joining, accepting_newcomers, cost, activities, formats, languages, accessibility, country,
         postcode, town, point, precision, organisation_id, supported_by_id, contact, website, visibility,
         partner_note, verified_at, updated_at, writer)
      = ((v.g).slug, (v.g).name, (v.g).summary, (v.g).description, (v.g).language_of_text, (v.g).topic_ids,
         (v.g).audience, (v.g).age_from, (v.g).age_to, (v.g).leadership, (v.g).duration, (v.g).status, (v.g).joining,
         (v.g).accepting_newcomers, (v.g).cost, (v.g).activities, (v.g).formats, (v.g).languages,
         (v.g).accessibility, (v.g).country, (v.g).postcode, (v.g).town, (v.g).point, (v.g).precision,
         (v.g).organisation_id, (v.g).supported_by_id, (v.g).contact, (v.g).website, (v.g).visibility,
         (v.g).partner_note, :'now'::timestamptz, :'now'::timestamptz, :'writer'::jsonb)
    FROM verdict v
    WHERE v.problem IS NULL
      AND t.id = :'group_id'::uuid
      AND t.deleted_at IS NULL
      AND t.revision = ANY (:'if_match'::bigint[])
    RETURNING t AS g
)
SELECT
    CASE WHEN verdict.problem IS NOT NULL THEN verdict.problem
         WHEN written.g IS NULL           THEN 'precondition-failed' END AS _problem,
    verdict.pointer                        AS _pointer,
    group_document(written.g, :'language') AS _members,
    (written.g).partner_note,
    false AS stale,
    n.next_meeting_at,
    (written.g).revision                   AS _revision
FROM verdict
LEFT JOIN written ON true
LEFT JOIN LATERAL next_meeting((written.g).id, :'now'::timestamptz) AS n ON true;
