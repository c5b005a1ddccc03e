-- What is told of a person by the referral that they redeemed, and when it was read.
-- lane: read
-- personal: yes
SELECT referral_of_person(r) AS _members, r.revision AS _revision
FROM referrals r
WHERE r.person_id = :'registration_id'::uuid AND r.person_id = :'person'::uuid;
