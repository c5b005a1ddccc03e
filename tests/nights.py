"""nights.py: in tests nobody sleeps, whatever the hour is, but where it is told otherwise."""

AWAKE = """
    DO $do$
    BEGIN
        IF to_regprocedure('quiet_in_truth(timestamptz, text)') IS NULL THEN
            ALTER FUNCTION quiet_until(timestamptz, text) RENAME TO quiet_in_truth;
            CREATE FUNCTION quiet_until(at timestamptz, zone text) RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
        END IF;
    END
    $do$;
"""
ASLEEP = """
    DROP FUNCTION quiet_until(timestamptz, text);
    ALTER FUNCTION quiet_in_truth(timestamptz, text) RENAME TO quiet_until;
"""
