-- Changes an organisation to what its patched document says. Its kind and its place in the tree decide who may write
-- what, and are the operator's to change.
-- body: the whole NewOrganisation
-- lane: write
WITH body AS (
    SELECT b.*
    FROM jsonb_to_record(:'body'::jsonb)
         AS b(kind text, name text, summary text, parent_id uuid, region jsonb, contact jsonb, website text)
), verdict AS (
    SELECT CASE WHEN NOT :'is_admin'::boolean AND (o.kind, o.parent_id) IS DISTINCT FROM (b.kind, b.parent_id)
                THEN 'forbidden' END AS problem
    FROM body b, organisations o
    WHERE o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL
), written AS (
    UPDATE organisations o
    SET kind = b.kind, name = b.name, summary = b.summary, parent_id = b.parent_id, region = b.region,
        contact = b.contact, website = b.website, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM body b, verdict
    WHERE problem IS NULL AND o.id = :'organisation_id'::uuid AND o.revision = ANY (:'if_match'::bigint[])
    RETURNING o.*
)
SELECT
    CASE WHEN problem IS NOT NULL THEN problem WHEN o.id IS NULL THEN 'precondition-failed' END AS _problem,
    o.id, o.kind, o.name, o.summary, o.parent_id, o.region, o.contact, o.website, o.revision, o.created_at,
    o.updated_at,
    o.revision AS _revision
FROM verdict
LEFT JOIN written o ON true;
