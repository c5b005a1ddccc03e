-- Jobs that wait because of a clock that was ahead: those that were to be done at once, and those that failed and wait
-- longer than they would have to.
-- now: the clock
-- lane: write
UPDATE jobs
SET run_at = :'now'::timestamptz
WHERE dead_at IS NULL AND run_at > :'now'::timestamptz + interval '10 seconds'
  AND CASE attempts WHEN 0 THEN run_at = created_at
                    ELSE run_at > :'now'::timestamptz + make_interval(secs => attempts ^ 4 * 1.1 + 10) END;
