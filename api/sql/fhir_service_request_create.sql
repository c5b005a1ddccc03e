-- Adds a referral; its Task has the same id.
-- body: FhirNewServiceRequest; code_hash: the keyed hash of its code
-- lane: write
-- personal: yes
SELECT
    c.problem                                        AS _problem,
    c.pointer                                        AS _pointer,
    c.detail                                         AS _detail,
    fhir_service_request(c.r, :'base_url')           AS _members,
    (c.r).revision                                   AS _revision,
    '/fhir/R4/ServiceRequest/' || (c.r).id           AS _location
FROM fhir_service_request_create(:'body'::jsonb, :'base_url', :'code_hash'::bytea, :'organisations'::uuid[], :'writer'::jsonb,
                                 :'now'::timestamptz) AS c;
