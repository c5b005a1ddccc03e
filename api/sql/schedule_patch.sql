-- Changes a series to what its patched document says and plans it anew, if it is still at the revision that was patched.
-- body: the whole NewSchedule; rules, repeats, sentence, dates, since: see schedules.c
-- lane: write
WITH written AS (
    UPDATE schedules AS t
    SET (starts_at_local, time_zone, duration, rules, repeats, until, sessions, sentence, holidays, holiday_region, kind,
         title, note, format, venue_id, online, capacity, newcomer_places, registration, planned_until, reason,
         updated_at, writer)
      = (w.starts_at_local, w.time_zone, w.duration, w.rules, w.repeats, w.until, w.sessions, w.sentence, w.holidays,
         w.holiday_region, w.kind, w.title, w.note, w.format, w.venue_id, w.online, w.capacity, w.newcomer_places,
         w.registration, w.planned_until, w.reason, :'now'::timestamptz, :'writer'::jsonb)
    FROM schedule_of(:'body'::jsonb, :'rules'::text[], :'repeats'::jsonb, :'sentence'::jsonb,
                     :'now'::timestamptz) AS w
    WHERE t.id = :'schedule_id'::uuid AND t.deleted_at IS NULL AND t.revision = ANY (:'if_match'::bigint[])
    RETURNING t AS s
), planned AS MATERIALIZED (
    SELECT s, schedule_plan(s, :'dates'::date[], :'since'::date, :'now'::timestamptz)
    FROM written
)
SELECT
    CASE WHEN p.s IS NULL THEN 'precondition-failed' END AS _problem,
    schedule_document(p.s, true)  AS _members,
    schedule_preview(p.s, :'dates'::date[], :'now'::timestamptz) AS upcoming,
    (p.s).revision                AS _revision
FROM (SELECT) AS asked
LEFT JOIN planned p ON true;
