"""guards.py: the three things that keep groups from being overbooked, to be taken away; and a window in which that shows."""

from contextlib import closing

import psycopg2

# Between counting what is free and taking it: without a guard, others count the same meanwhile.
WIDE_WINDOW = """
    ALTER FUNCTION places_free(schedules, daterange, boolean) RENAME TO places_counted;
    CREATE FUNCTION places_free(s schedules, on_dates daterange, newcomer boolean) RETURNS integer
    LANGUAGE plpgsql AS $$
    DECLARE
        free CONSTANT integer := places_counted(s, on_dates, newcomer);
    BEGIN
        PERFORM pg_sleep({seconds});
        RETURN free;
    END
    $$
"""
WITHOUT_LOCK = """
    DO $$
    DECLARE
        whole  CONSTANT text := pg_get_functiondef('series_claim(uuid, timestamptz)'::regprocedure);
        weaker CONSTANT text := replace(whole, ' FOR NO KEY UPDATE', '');
    BEGIN
        ASSERT weaker <> whole;
        EXECUTE weaker;
    END
    $$
"""
TAKEN_AWAY = {
    "lock": WITHOUT_LOCK,
    "check": "ALTER TABLE places DISABLE TRIGGER check_capacity",
    "constraint": "ALTER TABLE places DROP CONSTRAINT place_held_once",
}
OVERBOOKED = {"on no date are more places held than there are", "for no date have more people a place than there are"}


def leave_only(database, *guards):
    """Of the guards; and opens the window, whichever are left."""
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(WIDE_WINDOW.format(seconds=0.004 if guards else 0.05))  # nobody waits for anybody without
        for guard, statement in TAKEN_AWAY.items():
            if guard not in guards:
                cursor.execute(statement)


def overbooking(found):
    return {broken: by for broken, by in found.items() if broken in OVERBOOKED}
