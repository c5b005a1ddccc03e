-- 0019_statistics.sql: statistics for funders: fixed tables, made once for each quarter, from which nobody is found out.
--
-- What keeps people from being found out:
-- * Each case is counted in one cell of one table, and there are no totals. So nothing follows from a cell about another,
--   and of one that is not there only that it has fewer than 11.
-- * A cell is there if it has 11 people at least even without those whom the one organisation knows that knows most of
--   them: nobody who takes away their own, or those of all below them, sees fewer.
-- * Counts are rounded to multiples of 5.
-- * A quarter is released once, and never again. A table counts what was begun in the quarter; the one that counts what is
--   there repeats its last count of a cell until that differs by 11, so that no difference tells of fewer.

CREATE FUNCTION statistics_least() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 11';

CREATE TABLE statistics_tables (
    name    text PRIMARY KEY,
    is_flow boolean NOT NULL  -- what was begun in the quarter; else what was there at its end
);
INSERT INTO statistics_tables (name, is_flow) VALUES
    ('groups',        false),  -- by region and topic group
    ('registrations', true),   -- by region and topic group
    ('referrals',     true);   -- by region and state

-- cells: [{region, topic_group, state, count}]; counted: what each was before it was rounded, by its cell. That is ours.
CREATE TABLE statistics_releases (
    name    text NOT NULL REFERENCES statistics_tables (name),
    quarter text NOT NULL,
    made_at timestamptz NOT NULL,
    cells   jsonb NOT NULL,
    counted jsonb NOT NULL,
    PRIMARY KEY (name, quarter)
);

-- Quarters --------------------------------------------------------------------------------------------

-- The quarter of an instant, such as 2026-Q3, by the clocks of Germany.
CREATE FUNCTION quarter_of(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'Europe/Berlin', 'YYYY-"Q"Q')
$$;

CREATE FUNCTION quarter_begins(quarter text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT make_date(left(quarter, 4)::integer, right(quarter, 1)::integer * 3 - 2, 1)::timestamp AT TIME ZONE 'Europe/Berlin'
$$;

CREATE FUNCTION quarter_ends(quarter text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT quarter_begins(quarter_of(quarter_begins(quarter) + interval '100 days'))
$$;

-- What is counted --------------------------------------------------------------------------------------

-- Where it is: a Land, state or canton, else a country, else nowhere.
CREATE FUNCTION statistics_region(in_country text, code text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT region_of_postcode(p.country, p.region_code) FROM postcodes p
                     WHERE p.country = in_country AND p.postcode = code ORDER BY p.town LIMIT 1),
                    in_country, 'online');
END
$$;

-- The cell in which a group counts: its region, and the topic above all others of its first one.
CREATE VIEW group_cells AS
WITH RECURSIVE tree AS (
    SELECT id, slug FROM topics WHERE parent_id IS NULL
    UNION ALL
    SELECT t.id, tree.slug FROM topics t JOIN tree ON t.parent_id = tree.id
)
SELECT g.id AS group_id,
       jsonb_build_object('region', statistics_region(g.country, g.postcode),
                          'topic_group', coalesce(t.slug, 'other')) AS cell
FROM groups g
LEFT JOIN tree t ON t.id = g.topic_ids[1];

-- An organisation and those above it, which know what it knows, but for some.
CREATE FUNCTION organisations_above(bottom uuid, but uuid[]) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM organisations WHERE id = bottom
        UNION
        SELECT o.id, o.parent_id FROM organisations o JOIN above ON o.id = above.parent_id
    )
    SELECT array_agg(id) FROM above WHERE id <> ALL (but)
$$;

-- Those above all that keep groups. They know of every registration but where a group does not share them.
CREATE FUNCTION organisations_above_all() RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    WITH keeper AS (
        SELECT DISTINCT organisation_id AS id FROM groups
    )
    SELECT coalesce(array_agg(one), '{}')
    FROM (SELECT one FROM keeper, unnest(organisations_above(id, '{}')) AS one
          GROUP BY one HAVING count(*) = (SELECT count(*) FROM keeper)) AS x
$$;

-- The cases of a table: their cell; who it is, as far as we can tell; and the organisations that know of them anyway.
CREATE FUNCTION statistics_cases(of text, quarter text)
RETURNS TABLE (cell jsonb, person text, known_to uuid[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
    since timestamptz := quarter_begins(quarter);
    until timestamptz := quarter_ends(quarter);
    above_all CONSTANT uuid[] := organisations_above_all();
BEGIN
    IF of = 'groups' THEN
        RETURN QUERY
        SELECT c.cell, g.id::text, '{}'::uuid[]
        FROM groups g
        JOIN group_cells c ON c.group_id = g.id
        WHERE g.created_at < until AND (g.deleted_at IS NULL OR g.deleted_at >= until)
          AND g.visibility = 'public' AND g.status IN ('founding', 'active');
    ELSIF of = 'registrations' THEN
        RETURN QUERY
        WITH place AS MATERIALIZED (
            SELECT x.cell, g.id, g.organisation_id, s.shares, bool_and(s.shares) OVER (PARTITION BY x.cell) AS all_share
            FROM groups g
            JOIN group_cells x ON x.group_id = g.id
            CROSS JOIN LATERAL (SELECT (settings_of(g.id)).shared_with_organisation) AS s (shares)
        ), knowers AS MATERIALIZED (  -- of a group: its keeper, whoever ever had its mandate, and those above them
            SELECT k.id, array_agg(DISTINCT one) AS known_to
            FROM (SELECT p.id, p.organisation_id, p.shares AND NOT p.all_share AS tells_all FROM place p
                  UNION ALL
                  SELECT m.group_id, m.organisation_id, true FROM mandates m) AS k,
                 unnest(organisations_above(k.organisation_id, CASE WHEN tells_all THEN '{}' ELSE above_all END)) AS one
            GROUP BY k.id
        ), brought AS MATERIALIZED (
            SELECT c.id, organisations_above(c.organisation_id, '{}') AS known_to,
                   organisations_above(c.organisation_id, above_all) AS known_below
            FROM clients c
        )
        SELECT x.cell, coalesce(encode(p.email_hash, 'hex'), p.id::text),
               k.known_to || CASE WHEN x.all_share THEN b.known_below ELSE b.known_to END
        FROM registrations r
        JOIN persons p ON p.id = r.id
        JOIN place x ON x.id = r.group_id
        LEFT JOIN knowers k ON k.id = r.group_id
        LEFT JOIN brought b ON b.id = r.client_id
        WHERE r.created_at >= since AND r.created_at < until AND r.turn IS NOT NULL AND r.counted;
    ELSIF to_regclass('referrals') IS NOT NULL THEN
        RETURN QUERY
        WITH knowers AS MATERIALIZED (
            SELECT o.id, organisations_above(o.id, '{}') AS known_to FROM organisations o
        )
        SELECT jsonb_build_object('region', statistics_region(r.country, r.postcode), 'state', r.state), r.id::text, k.known_to
        FROM referrals r
        JOIN knowers k ON k.id = r.organisation_id
        WHERE r.created_at >= since AND r.created_at < until;
    END IF;
END
$$;

-- What is told ------------------------------------------------------------------------------------------

-- The cells that are told of, and how much is in each.
CREATE FUNCTION statistics_counts(of text, quarter text) RETURNS TABLE (cell jsonb, counted bigint)
LANGUAGE sql STABLE AS $$
    WITH cases AS MATERIALIZED (
        SELECT * FROM statistics_cases(of, quarter)
    ), totals AS (
        SELECT c.cell, count(*) AS cases, count(DISTINCT c.person) AS people
        FROM cases c
        GROUP BY c.cell
    ), known AS (
        SELECT c.cell, count(DISTINCT c.person) AS people
        FROM cases c, unnest(c.known_to) AS organisation
        GROUP BY c.cell, organisation
    ), most AS (
        SELECT k.cell, max(k.people) AS people FROM known k GROUP BY k.cell
    )
    SELECT t.cell, t.cases
    FROM totals t
    LEFT JOIN most m ON m.cell = t.cell
    WHERE t.people - coalesce(m.people, 0) >= statistics_least()
$$;

-- The count of a cell that is told of: the one before, if it differs from that by fewer than may be told of.
CREATE FUNCTION statistics_settled(counted bigint, before bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN abs(counted - before) < statistics_least() THEN before ELSE counted END
$$;

CREATE FUNCTION statistics_rounded(counted bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS 'SELECT (counted + 2) / 5 * 5';

-- Releases a quarter of a table, if it never was.
CREATE FUNCTION statistics_release(of statistics_tables, quarter text, at timestamptz) RETURNS void
LANGUAGE sql AS $$
    WITH before AS (
        SELECT r.counted FROM statistics_releases r
        WHERE NOT of.is_flow AND r.name = of.name AND r.quarter < statistics_release.quarter
        ORDER BY r.quarter DESC
        LIMIT 1
    ), told AS (
        SELECT c.cell, statistics_settled(c.counted, (b.counted ->> c.cell::text)::bigint) AS counted
        FROM statistics_counts(of.name, quarter) AS c
        LEFT JOIN before b ON true
    )
    INSERT INTO statistics_releases (name, quarter, made_at, cells, counted)
    SELECT of.name, quarter, at,
           coalesce(jsonb_agg(t.cell || jsonb_build_object('count', statistics_rounded(t.counted)) ORDER BY t.cell), '[]'),
           coalesce(jsonb_object_agg(t.cell::text, t.counted), '{}')
    FROM told t
    ON CONFLICT (name, quarter) DO NOTHING
$$;

-- The quarter before this one, once it is over for a day: what was begun in it is committed by then.
CREATE FUNCTION statistics_release_due(at timestamptz) RETURNS void
LANGUAGE sql SET timezone = 'UTC' AS $$
    SELECT statistics_release(t, d.quarter, at)
    FROM statistics_tables t,
         quarter_of(quarter_begins(quarter_of(at - interval '1 day')) - interval '1 day') AS d (quarter)
    WHERE NOT EXISTS (SELECT FROM statistics_releases r WHERE (r.name, r.quarter) = (t.name, d.quarter))
$$;
INSERT INTO timetable (kind, every) VALUES ('quarter', '1 hour');
