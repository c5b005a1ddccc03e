-- Ends the referrals that nobody has redeemed in time.
-- now: the clock
-- lane: write
SELECT referrals_expire(:'now'::timestamptz);
