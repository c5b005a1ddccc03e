-- Brings the instants of meetings to come into line with the clocks of their zones, whose law may have changed.
-- now: the clock
-- lane: write
SELECT meetings_follow_clocks(:'now'::timestamptz) AS corrected;
