-- One referral as a ServiceRequest, for whoever made it. That they read it is noted.
-- lane: write
-- personal: yes
SELECT fhir_service_request(r, :'base_url') AS _members, r.revision AS _revision,
       fhir_referrals_read(ARRAY[r.id], :'writer'::jsonb, :'now'::timestamptz)::text AS _noted
FROM fhir_referrals_found('{}', :'refers'::boolean, :'organisations'::uuid[]) AS r
WHERE r.id = :'referral_id'::uuid;
