-- Whoever made a referral takes it back.
-- body: the Task
-- lane: write
-- personal: yes
SELECT
    p.problem                     AS _problem,
    p.pointer                     AS _pointer,
    p.detail                      AS _detail,
    fhir_task(p.r, :'base_url')   AS _members,
    (p.r).revision                AS _revision
FROM fhir_task_put(:'referral_id'::uuid, :'body'::jsonb, :'base_url', :'if_match'::bigint[], :'refers'::boolean,
                   :'organisations'::uuid[], :'writer'::jsonb, :'now'::timestamptz) AS p;
