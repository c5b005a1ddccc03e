-- 0003_holidays.sql: public holidays of Germany, Austria and Switzerland, computed from rules.

-- Regions -----------------------------------------------------------------------------------------

-- Whether holidays of a region are known: one of the three countries, or a Land, state or canton (ISO 3166-2).
CREATE FUNCTION region_is_known(region text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(region = ANY ('{
        DE,
        DE-BB, DE-BE, DE-BW, DE-BY, DE-HB, DE-HE, DE-HH, DE-MV,
        DE-NI, DE-NW, DE-RP, DE-SH, DE-SL, DE-SN, DE-ST, DE-TH,
        AT,
        AT-1, AT-2, AT-3, AT-4, AT-5, AT-6, AT-7, AT-8, AT-9,
        CH,
        CH-AG, CH-AI, CH-AR, CH-BE, CH-BL, CH-BS, CH-FR, CH-GE, CH-GL,
        CH-GR, CH-JU, CH-LU, CH-NE, CH-NW, CH-OW, CH-SG, CH-SH, CH-SO,
        CH-SZ, CH-TG, CH-TI, CH-UR, CH-VD, CH-VS, CH-ZG, CH-ZH}'::text[]), false)
$$;

-- The region of a postcode by its region_code, which GeoNames numbers with two digits in Austria; NULL if unknown.
CREATE FUNCTION region_of_postcode(country text, region_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT region
    FROM (SELECT country || '-' || CASE country WHEN 'AT' THEN ltrim(region_code, '0')
                                                ELSE region_code END) AS r(region)
    WHERE region_is_known(region)
$$;

-- Rules ---------------------------------------------------------------------------------------------

-- A day is counted from Easter Sunday, or is a day of a month, or the first of a weekday from that day on.
CREATE TABLE holiday_rules (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL,
    names      jsonb NOT NULL,
    country    text NOT NULL,
    regions    text[],                          -- NULL: the whole country
    partial    boolean NOT NULL,                -- not everywhere in the region, or not for everybody
    easter     integer,                         -- days after Easter Sunday
    month      integer,
    day        integer,
    weekday    integer,                         -- 1 is Monday
    yields_to  integer,                         -- days after Easter Sunday: a week later if it would be that day
    only_on    integer[],                       -- the weekdays on which it is kept at all
    from_year  integer,
    to_year    integer,
    CONSTRAINT holiday_rule CHECK (num_nonnulls(easter, month) = 1 AND num_nulls(month, day) <> 1)
);

-- Easter Sunday of a year of the Gregorian calendar: the Sunday after the full moon, which is `moon` days after
-- 21 March.
CREATE FUNCTION easter(year integer) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    century CONSTANT integer := year / 100;
    epact   CONSTANT integer := (19 * (year % 19) + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    moon    integer := epact;
BEGIN
    IF epact = 29 OR (epact = 28 AND year % 19 > 10) THEN  -- two moons that the calendar moves by a day
        moon := epact - 1;
    END IF;
    RETURN make_date(year, 3, 28) + moon - (year + year / 4 + moon + 2 - century + century / 4) % 7;
END
$$;

-- The holidays of a region between two days, both included, in the order of days; of a country, those that are kept
-- in all of it.
CREATE FUNCTION holidays_between(region text, first date, last date)
RETURNS TABLE (date date, key text, names jsonb, partial boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    WITH years AS MATERIALIZED (
        SELECT y.year, easter(y.year) AS easter_sunday
        FROM generate_series(extract(year FROM first)::integer, extract(year FROM last)::integer) AS y(year)
    ), kept AS (
        SELECT
            r.key, r.names, r.partial,
            CASE
                WHEN r.easter IS NOT NULL  THEN y.easter_sunday + r.easter
                WHEN r.weekday IS NOT NULL THEN m.moved + CASE WHEN m.moved = y.easter_sunday + r.yields_to THEN 7
                                                               ELSE 0 END
                WHEN r.only_on IS NULL OR extract(isodow FROM f.fixed) = ANY (r.only_on) THEN f.fixed
            END AS date
        FROM holiday_rules r
        JOIN years y ON y.year BETWEEN coalesce(r.from_year, y.year) AND coalesce(r.to_year, y.year),
             LATERAL (SELECT make_date(y.year, r.month, r.day)) AS f(fixed),
             LATERAL (SELECT f.fixed + (r.weekday - extract(isodow FROM f.fixed)::integer + 7) % 7) AS m(moved)
        WHERE r.country = left(region, 2) AND (r.regions IS NULL OR region = ANY (r.regions))
    )
    SELECT k.date, k.key, k.names, k.partial
    FROM kept k
    WHERE k.date BETWEEN first AND last
    ORDER BY k.date, k.key;
END
$$;

-- The laws ------------------------------------------------------------------------------------------

CREATE TEMPORARY TABLE name_rows (
    country text NOT NULL,
    key     text NOT NULL,
    de      text NOT NULL,
    en      text NOT NULL,
    PRIMARY KEY (country, key)
);

INSERT INTO name_rows (country, key, de, en)
VALUES
    ('DE', 'new_year',              'Neujahr',                                    'New Year''s Day'),
    ('DE', 'epiphany',              'Heilige Drei Könige',                        'Epiphany'),
    ('DE', 'womens_day',            'Internationaler Frauentag',                  'International Women''s Day'),
    ('DE', 'labour_day',            'Tag der Arbeit',                             'Labour Day'),
    ('DE', 'liberation_day',        'Tag der Befreiung vom Nationalsozialismus',  'Liberation Day'),
    ('DE', 'uprising_day',          'Jahrestag des Aufstandes vom 17. Juni 1953', 'Anniversary of the Uprising of 1953'),
    ('DE', 'peace_festival',        'Augsburger Friedensfest',                    'Augsburg Peace Festival'),
    ('DE', 'assumption',            'Mariä Himmelfahrt',                          'Assumption Day'),
    ('DE', 'childrens_day',         'Weltkindertag',                              'World Children''s Day'),
    ('DE', 'unity_day',             'Tag der Deutschen Einheit',                  'German Unity Day'),
    ('DE', 'reformation_day',       'Reformationstag',                            'Reformation Day'),
    ('DE', 'all_saints',            'Allerheiligen',                              'All Saints'' Day'),
    ('DE', 'christmas',             '1. Weihnachtstag',                           'Christmas Day'),
    ('DE', 'second_christmas',      '2. Weihnachtstag',                           'Second Day of Christmas'),
    ('DE', 'good_friday',           'Karfreitag',                                 'Good Friday'),
    ('DE', 'easter_sunday',         'Ostersonntag',                               'Easter Sunday'),
    ('DE', 'easter_monday',         'Ostermontag',                                'Easter Monday'),
    ('DE', 'ascension',             'Christi Himmelfahrt',                        'Ascension Day'),
    ('DE', 'whit_sunday',           'Pfingstsonntag',                             'Whit Sunday'),
    ('DE', 'whit_monday',           'Pfingstmontag',                              'Whit Monday'),
    ('DE', 'corpus_christi',        'Fronleichnam',                               'Corpus Christi'),
    ('DE', 'repentance_day',        'Buß- und Bettag',                            'Day of Repentance and Prayer'),
    ('AT', 'new_year',              'Neujahr',                                    'New Year''s Day'),
    ('AT', 'epiphany',              'Heilige Drei Könige',                        'Epiphany'),
    ('AT', 'saint_joseph',          'Josefstag',                                  'Saint Joseph''s Day'),
    ('AT', 'labour_day',            'Staatsfeiertag',                             'Labour Day'),
    ('AT', 'saint_florian',         'Florianitag',                                'Saint Florian''s Day'),
    ('AT', 'assumption',            'Mariä Himmelfahrt',                          'Assumption Day'),
    ('AT', 'saint_rupert',          'Rupertitag',                                 'Saint Rupert''s Day'),
    ('AT', 'plebiscite_day',        'Tag der Volksabstimmung',                    'Plebiscite Day'),
    ('AT', 'national_day',          'Nationalfeiertag',                           'National Day'),
    ('AT', 'all_saints',            'Allerheiligen',                              'All Saints'' Day'),
    ('AT', 'saint_martin',          'Martinstag',                                 'Saint Martin''s Day'),
    ('AT', 'saint_leopold',         'Leopolditag',                                'Saint Leopold''s Day'),
    ('AT', 'immaculate_conception', 'Mariä Empfängnis',                           'Immaculate Conception'),
    ('AT', 'christmas',             'Christtag',                                  'Christmas Day'),
    ('AT', 'second_christmas',      'Stefanitag',                                 'Saint Stephen''s Day'),
    ('AT', 'good_friday',           'Karfreitag',                                 'Good Friday'),
    ('AT', 'easter_monday',         'Ostermontag',                                'Easter Monday'),
    ('AT', 'ascension',             'Christi Himmelfahrt',                        'Ascension Day'),
    ('AT', 'whit_monday',           'Pfingstmontag',                              'Whit Monday'),
    ('AT', 'corpus_christi',        'Fronleichnam',                               'Corpus Christi'),
    ('CH', 'new_year',              'Neujahr',                                    'New Year''s Day'),
    ('CH', 'berchtold',             'Berchtoldstag',                              'Berchtold''s Day'),
    ('CH', 'epiphany',              'Heilige Drei Könige',                        'Epiphany'),
    ('CH', 'republic_day',          'Ausrufung der Republik',                     'Republic Day'),
    ('CH', 'saint_joseph',          'Josefstag',                                  'Saint Joseph''s Day'),
    ('CH', 'labour_day',            'Tag der Arbeit',                             'Labour Day'),
    ('CH', 'independence_day',      'Fest der Unabhängigkeit',                    'Independence Day'),
    ('CH', 'peter_and_paul',        'Peter und Paul',                             'Saints Peter and Paul'),
    ('CH', 'national_day',          'Bundesfeier',                                'National Day'),
    ('CH', 'assumption',            'Mariä Himmelfahrt',                          'Assumption Day'),
    ('CH', 'saint_maurice',         'Mauritiustag',                               'Saint Maurice''s Day'),
    ('CH', 'brother_klaus',         'Bruder Klaus',                               'Saint Nicholas of Flüe'),
    ('CH', 'all_saints',            'Allerheiligen',                              'All Saints'' Day'),
    ('CH', 'immaculate_conception', 'Mariä Empfängnis',                           'Immaculate Conception'),
    ('CH', 'christmas',             'Weihnachten',                                'Christmas Day'),
    ('CH', 'second_christmas',      'Stephanstag',                                'Saint Stephen''s Day'),
    ('CH', 'restoration_day',       'Wiederherstellung der Republik',             'Restoration of the Republic'),
    ('CH', 'good_friday',           'Karfreitag',                                 'Good Friday'),
    ('CH', 'easter_monday',         'Ostermontag',                                'Easter Monday'),
    ('CH', 'ascension',             'Auffahrt',                                   'Ascension Day'),
    ('CH', 'whit_monday',           'Pfingstmontag',                              'Whit Monday'),
    ('CH', 'corpus_christi',        'Fronleichnam',                               'Corpus Christi'),
    ('CH', 'naefels_procession',    'Näfelser Fahrt',                             'Näfels Procession'),
    ('CH', 'geneva_fast',           'Genfer Bettag',                              'Geneva Fast'),
    ('CH', 'fast_monday',           'Bettagsmontag',                              'Monday after the Federal Fast');

-- Regions without the country.
CREATE TEMPORARY TABLE rule_rows (LIKE holiday_rules);
ALTER TABLE rule_rows DROP COLUMN id, DROP COLUMN names, ADD FOREIGN KEY (country, key) REFERENCES name_rows;

-- What holds from 1995 on. Sundays are listed where a law names them (Brandenburg), not where it means all of
-- them (Hessen). Partial is in Germany what depends on the commune; in Austria the days of the states' patrons, on
-- which schools and offices are closed, and until 2018 the Good Friday of the Protestants; in Switzerland what
-- depends on the commune or district, and what is usually free but not a day of rest by the canton's law.
INSERT INTO rule_rows (country, key, month, day, from_year, to_year, only_on, partial, regions)
VALUES
    ('DE', 'new_year',               1,  1, NULL, NULL, NULL,          false, NULL),
    ('DE', 'epiphany',               1,  6, NULL, NULL, NULL,          false, '{BW,BY,ST}'),
    ('DE', 'womens_day',             3,  8, 2019, NULL, NULL,          false, '{BE}'),
    ('DE', 'womens_day',             3,  8, 2023, NULL, NULL,          false, '{MV}'),
    ('DE', 'labour_day',             5,  1, NULL, NULL, NULL,          false, NULL),
    ('DE', 'liberation_day',         5,  8, 2020, 2020, NULL,          false, '{BE}'),
    ('DE', 'liberation_day',         5,  8, 2025, 2025, NULL,          false, '{BE}'),
    ('DE', 'uprising_day',           6, 17, 2028, 2028, NULL,          false, '{BE}'),
    ('DE', 'peace_festival',         8,  8, NULL, NULL, NULL,          true,  '{BY}'),
    ('DE', 'assumption',             8, 15, NULL, NULL, NULL,          false, '{SL}'),
    ('DE', 'assumption',             8, 15, NULL, NULL, NULL,          true,  '{BY}'),
    ('DE', 'childrens_day',          9, 20, 2019, NULL, NULL,          false, '{TH}'),
    ('DE', 'unity_day',             10,  3, NULL, NULL, NULL,          false, NULL),
    ('DE', 'reformation_day',       10, 31, NULL, 2016, NULL,          false, '{BB,MV,SN,ST,TH}'),
    ('DE', 'reformation_day',       10, 31, 2017, 2017, NULL,          false, NULL),
    ('DE', 'reformation_day',       10, 31, 2018, NULL, NULL,          false, '{BB,HB,HH,MV,NI,SH,SN,ST,TH}'),
    ('DE', 'all_saints',            11,  1, NULL, NULL, NULL,          false, '{BW,BY,NW,RP,SL}'),
    ('DE', 'christmas',             12, 25, NULL, NULL, NULL,          false, NULL),
    ('DE', 'second_christmas',      12, 26, NULL, NULL, NULL,          false, NULL),
    ('AT', 'new_year',               1,  1, NULL, NULL, NULL,          false, NULL),
    ('AT', 'epiphany',               1,  6, NULL, NULL, NULL,          false, NULL),
    ('AT', 'saint_joseph',           3, 19, NULL, NULL, NULL,          true,  '{2,6,7,8}'),
    ('AT', 'labour_day',             5,  1, NULL, NULL, NULL,          false, NULL),
    ('AT', 'saint_florian',          5,  4, 2004, NULL, NULL,          true,  '{4}'),
    ('AT', 'assumption',             8, 15, NULL, NULL, NULL,          false, NULL),
    ('AT', 'saint_rupert',           9, 24, NULL, NULL, NULL,          true,  '{5}'),
    ('AT', 'plebiscite_day',        10, 10, NULL, NULL, NULL,          true,  '{2}'),
    ('AT', 'national_day',          10, 26, NULL, NULL, NULL,          false, NULL),
    ('AT', 'all_saints',            11,  1, NULL, NULL, NULL,          false, NULL),
    ('AT', 'saint_martin',          11, 11, NULL, NULL, NULL,          true,  '{1}'),
    ('AT', 'saint_leopold',         11, 15, NULL, NULL, NULL,          true,  '{3,9}'),
    ('AT', 'immaculate_conception', 12,  8, NULL, NULL, NULL,          false, NULL),
    ('AT', 'christmas',             12, 25, NULL, NULL, NULL,          false, NULL),
    ('AT', 'second_christmas',      12, 26, NULL, NULL, NULL,          false, NULL),
    ('CH', 'new_year',               1,  1, NULL, NULL, NULL,          false, NULL),
    ('CH', 'berchtold',              1,  2, NULL, NULL, NULL,          false, '{BE,JU,LU,TG,VD}'),
    ('CH', 'berchtold',              1,  2, NULL, NULL, NULL,          true,  '{AG,FR,GL,NW,OW,SG,SH,SO,VS,ZG,ZH}'),
    ('CH', 'berchtold',              1,  2, NULL, NULL, '{1}',         false, '{NE}'),
    ('CH', 'epiphany',               1,  6, NULL, NULL, NULL,          false, '{SZ,TI,UR}'),
    ('CH', 'epiphany',               1,  6, NULL, NULL, NULL,          true,  '{GR}'),
    ('CH', 'republic_day',           3,  1, NULL, NULL, NULL,          false, '{NE}'),
    ('CH', 'saint_joseph',           3, 19, NULL, NULL, NULL,          false, '{NW,SZ,TI,UR,VS}'),
    ('CH', 'saint_joseph',           3, 19, NULL, NULL, NULL,          true,  '{GR,SO}'),
    ('CH', 'labour_day',             5,  1, NULL, NULL, NULL,          false, '{BL,BS,JU,NE,SH,TG,TI,ZH}'),
    ('CH', 'labour_day',             5,  1, NULL, NULL, NULL,          true,  '{AG,SO}'),
    ('CH', 'independence_day',       6, 23, NULL, NULL, NULL,          false, '{JU}'),
    ('CH', 'peter_and_paul',         6, 29, NULL, NULL, NULL,          false, '{TI}'),
    ('CH', 'national_day',           8,  1, NULL, NULL, NULL,          false, NULL),
    ('CH', 'assumption',             8, 15, NULL, NULL, NULL,          false, '{AI,JU,LU,NW,OW,SZ,TI,UR,VS,ZG}'),
    ('CH', 'assumption',             8, 15, NULL, NULL, NULL,          true,  '{AG,FR,GR,SO}'),
    ('CH', 'saint_maurice',          9, 22, NULL, NULL, NULL,          true,  '{AI}'),
    ('CH', 'brother_klaus',          9, 25, NULL, NULL, NULL,          false, '{OW}'),
    ('CH', 'all_saints',            11,  1, NULL, NULL, NULL,          false, '{AI,GL,JU,LU,NW,OW,SG,SZ,TI,UR,VS,ZG}'),
    ('CH', 'all_saints',            11,  1, NULL, NULL, NULL,          true,  '{AG,FR,GR,SO}'),
    ('CH', 'immaculate_conception', 12,  8, NULL, NULL, NULL,          false, '{AI,LU,NW,OW,SZ,TI,UR,VS,ZG}'),
    ('CH', 'immaculate_conception', 12,  8, NULL, NULL, NULL,          true,  '{AG,FR,GR}'),
    ('CH', 'christmas',             12, 25, NULL, NULL, NULL,          false, NULL),
    ('CH', 'second_christmas',      12, 26, NULL, NULL, NULL,          false, '{BE,BL,BS,GL,GR,LU,SG,SH,SZ,TG,TI,UR,ZH}'),
    ('CH', 'second_christmas',      12, 26, NULL, NULL, '{1,3,4,5,7}', false, '{AI,AR}'),
    ('CH', 'second_christmas',      12, 26, NULL, NULL, '{1}',         false, '{NE}'),
    ('CH', 'second_christmas',      12, 26, NULL, NULL, NULL,          true,  '{AG,FR,NW,OW,SO,VS,ZG}'),
    ('CH', 'restoration_day',       12, 31, NULL, NULL, NULL,          false, '{GE}');

INSERT INTO rule_rows (country, key, easter, to_year, partial, regions)
VALUES
    ('DE', 'good_friday',    -2, NULL, false, NULL),
    ('DE', 'easter_sunday',   0, NULL, false, '{BB}'),
    ('DE', 'easter_monday',   1, NULL, false, NULL),
    ('DE', 'ascension',      39, NULL, false, NULL),
    ('DE', 'whit_sunday',    49, NULL, false, '{BB}'),
    ('DE', 'whit_monday',    50, NULL, false, NULL),
    ('DE', 'corpus_christi', 60, NULL, false, '{BW,BY,HE,NW,RP,SL}'),
    ('DE', 'corpus_christi', 60, NULL, true,  '{SN,TH}'),
    ('AT', 'good_friday',    -2, 2018, true,  NULL),
    ('AT', 'easter_monday',   1, NULL, false, NULL),
    ('AT', 'ascension',      39, NULL, false, NULL),
    ('AT', 'whit_monday',    50, NULL, false, NULL),
    ('AT', 'corpus_christi', 60, NULL, false, NULL),
    ('CH', 'good_friday',    -2, NULL, false, '{AG,AI,AR,BE,BL,BS,FR,GE,GL,JU,LU,NE,NW,OW,SG,SH,SO,SZ,TG,UR,VD,ZG,ZH}'),
    ('CH', 'good_friday',    -2, NULL, true,  '{GR}'),
    ('CH', 'easter_monday',   1, NULL, false, '{AI,AR,BE,BL,BS,GE,GL,GR,JU,LU,SG,SH,SZ,TG,TI,UR,VD,ZH}'),
    ('CH', 'easter_monday',   1, NULL, true,  '{AG,FR,NE,NW,OW,SO,VS,ZG}'),
    ('CH', 'ascension',      39, NULL, false, NULL),
    ('CH', 'whit_monday',    50, NULL, false, '{AI,AR,BE,BL,BS,GE,GL,GR,JU,LU,SG,SH,SZ,TG,TI,UR,VD,ZH}'),
    ('CH', 'whit_monday',    50, NULL, true,  '{AG,FR,NE,NW,OW,SO,VS,ZG}'),
    ('CH', 'corpus_christi', 60, NULL, false, '{AI,JU,LU,NW,OW,SZ,TI,UR,VS,ZG}'),
    ('CH', 'corpus_christi', 60, NULL, true,  '{AG,FR,GR,NE,SO}');

INSERT INTO rule_rows (country, key, weekday, month, day, yields_to, partial, regions)
VALUES
    ('DE', 'repentance_day',     3, 11, 16, NULL, false, '{SN}'),
    ('CH', 'naefels_procession', 4,  4,  1,   -3, false, '{GL}'),
    ('CH', 'geneva_fast',        4,  9,  5, NULL, false, '{GE}'),
    ('CH', 'fast_monday',        1,  9, 16, NULL, false, '{VD}'),
    ('CH', 'fast_monday',        1,  9, 16, NULL, true,  '{NE}');

INSERT INTO holiday_rules
    (key, names, country, regions, partial, easter, month, day, weekday, yields_to, only_on, from_year, to_year)
SELECT
    key, jsonb_build_object('de', n.de, 'en', n.en), country,
    (SELECT array_agg(country || '-' || code) FROM unnest(r.regions) AS code),
    r.partial, r.easter, r.month, r.day, r.weekday, r.yields_to, r.only_on, r.from_year, r.to_year
FROM rule_rows r
JOIN name_rows n USING (country, key);

DROP TABLE rule_rows, name_rows;
