-- Splits a series: from a date on there is another, which begins with the meetings planned so far.
-- from: the date; body: the whole NewSchedule of the other; rules, repeats, sentence, dates, since: see schedules.c
-- lane: write
WITH old AS MATERIALIZED (
    SELECT s,
           EXISTS (SELECT FROM meetings m
                   WHERE m.schedule_id = s.id AND m.date = :'from'::date AND m.deleted_at IS NULL
                     AND m.starts_at > :'now'::timestamptz) AND :'from'::date > s.starts_at_local::date AS is_date
    FROM schedules s
    WHERE s.id = :'schedule_id'::uuid AND s.deleted_at IS NULL AND s.revision = ANY (:'if_match'::bigint[])
    FOR UPDATE
), written AS (
    INSERT INTO schedules AS t
    SELECT wanted.*
    FROM old, schedule_of(:'body'::jsonb || jsonb_build_object(
                  'id', uuid_v7(:'now'::timestamptz), 'group_id', (old.s).group_id, 'follows_id', (old.s).id,
                  'revision', 1, 'created_at', :'now', 'updated_at', :'now', 'writer', :'writer'::jsonb),
              :'rules'::text[], :'repeats'::jsonb, :'sentence'::jsonb, :'now'::timestamptz) AS wanted
    WHERE is_date
    RETURNING t AS s
), shortened AS (
    UPDATE schedules AS t
    SET until = :'from'::date - 1, sessions = NULL, sentence = :'old_sentence'::jsonb, reason = :'body'::jsonb ->> 'reason',
        updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM written
    WHERE t.id = (written.s).follows_id
), handed_over AS MATERIALIZED (
    SELECT written.s, schedule_hand_over(old.s, (written.s).id, :'from'::date, :'now'::timestamptz)
    FROM old, written
), planned AS MATERIALIZED (
    SELECT s, schedule_plan(s, :'dates'::date[], least(:'since'::date, :'from'::date), :'now'::timestamptz)
    FROM handed_over
)
SELECT
    CASE WHEN old.s IS NULL THEN 'precondition-failed' WHEN p.s IS NULL THEN 'invalid-parameter' END AS _problem,
    CASE WHEN p.s IS NULL THEN 'from' END AS _parameter,
    schedule_document(p.s, true)  AS _members,
    schedule_preview(p.s, :'dates'::date[], :'now'::timestamptz) AS upcoming,
    (p.s).revision                AS _revision,
    '/v1/schedules/' || (p.s).id  AS _location
FROM (SELECT) AS asked
LEFT JOIN old ON true
LEFT JOIN planned p ON true;
