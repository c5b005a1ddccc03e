-- Adds an organisation.
-- body: NewOrganisation
-- lane: write
INSERT INTO organisations AS o
       (id, kind, name, summary, parent_id, region, contact, website, created_at, updated_at, writer)
SELECT uuid_v7(:'now'::timestamptz), b.kind, b.name, b.summary, b.parent_id, b.region, b.contact, b.website,
       :'now'::timestamptz, :'now'::timestamptz, :'writer'::jsonb
FROM jsonb_to_record(:'body'::jsonb)
     AS b(kind text, name text, summary text, parent_id uuid, region jsonb, contact jsonb, website text)
RETURNING
    o.id, o.kind, o.name, o.summary, o.parent_id, o.region, o.contact, o.website, o.revision, o.created_at,
    o.updated_at,
    o.revision AS _revision,
    '/v1/organisations/' || o.id AS _location;
