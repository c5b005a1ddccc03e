"""test_holidays.py: public holidays, against the laws and against Debian's python3-holidays."""

from datetime import date, timedelta

import holidays
import pytest
from dateutil.easter import easter

LAENDER = "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH".split()
STATES = "B K N O S ST T V W".split()  # as the library calls AT-1 to AT-9
CANTONS = "AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH".split()
PARTS = {
    **{f"DE-{land}": ("DE", land) for land in LAENDER},
    **{f"AT-{number}": ("AT", state) for number, state in enumerate(STATES, 1)},
    **{f"CH-{canton}": ("CH", canton) for canton in CANTONS},
}
YEARS = range(2015, 2031)


def listed(api, region, first, last):
    return api.all_pages(f"/v1/holidays?region={region}&from={first}&to={last}&limit=200")


def kept(api, region, year):
    """The holidays of a year by key: month and day, with a question mark if they are not everybody's."""
    return {item["key"]: item["date"][5:] + ("?" if item.get("partial") else "")
            for item in listed(api, region, f"{year}-01-01", f"{year}-12-31")}


# What the laws say ---------------------------------------------------------------------------------

GERMANY_2026 = {
    "new_year": "01-01", "good_friday": "04-03", "easter_monday": "04-06", "labour_day": "05-01",
    "ascension": "05-14", "whit_monday": "05-25", "unity_day": "10-03", "christmas": "12-25",
    "second_christmas": "12-26",
}
AUSTRIA_2026 = {
    "new_year": "01-01", "epiphany": "01-06", "easter_monday": "04-06", "labour_day": "05-01", "ascension": "05-14",
    "whit_monday": "05-25", "corpus_christi": "06-04", "assumption": "08-15", "national_day": "10-26",
    "all_saints": "11-01", "immaculate_conception": "12-08", "christmas": "12-25", "second_christmas": "12-26",
}
SWITZERLAND_2026 = {"new_year": "01-01", "ascension": "05-14", "national_day": "08-01", "christmas": "12-25"}

# What they have in 2026 beside what is kept in the whole country.
BESIDE = {
    "DE-BB": {"easter_sunday": "04-05", "whit_sunday": "05-24", "reformation_day": "10-31"},
    "DE-BE": {"womens_day": "03-08"},
    "DE-BW": {"epiphany": "01-06", "corpus_christi": "06-04", "all_saints": "11-01"},
    "DE-BY": {"epiphany": "01-06", "corpus_christi": "06-04", "peace_festival": "08-08?", "assumption": "08-15?",
              "all_saints": "11-01"},
    "DE-HE": {"corpus_christi": "06-04"},
    "DE-HH": {"reformation_day": "10-31"},
    "DE-MV": {"womens_day": "03-08", "reformation_day": "10-31"},
    "DE-NW": {"corpus_christi": "06-04", "all_saints": "11-01"},
    "DE-SL": {"corpus_christi": "06-04", "assumption": "08-15", "all_saints": "11-01"},
    "DE-SN": {"corpus_christi": "06-04?", "reformation_day": "10-31", "repentance_day": "11-18"},
    "DE-ST": {"epiphany": "01-06", "reformation_day": "10-31"},
    "DE-TH": {"corpus_christi": "06-04?", "childrens_day": "09-20", "reformation_day": "10-31"},
    "AT-1": {"saint_martin": "11-11?"},
    "AT-2": {"saint_joseph": "03-19?", "plebiscite_day": "10-10?"},
    "AT-4": {"saint_florian": "05-04?"},
    "AT-5": {"saint_rupert": "09-24?"},
    "AT-9": {"saint_leopold": "11-15?"},
    "CH-ZH": {"berchtold": "01-02?", "good_friday": "04-03", "easter_monday": "04-06", "labour_day": "05-01",
              "whit_monday": "05-25", "second_christmas": "12-26"},
    "CH-GL": {"berchtold": "01-02?", "good_friday": "04-03", "easter_monday": "04-06", "naefels_procession": "04-09",
              "whit_monday": "05-25", "all_saints": "11-01", "second_christmas": "12-26"},
    "CH-GE": {"good_friday": "04-03", "easter_monday": "04-06", "whit_monday": "05-25", "geneva_fast": "09-10",
              "restoration_day": "12-31"},
    "CH-VD": {"berchtold": "01-02", "good_friday": "04-03", "easter_monday": "04-06", "whit_monday": "05-25",
              "fast_monday": "09-21"},
    "CH-JU": {"berchtold": "01-02", "good_friday": "04-03", "easter_monday": "04-06", "labour_day": "05-01",
              "whit_monday": "05-25", "corpus_christi": "06-04", "independence_day": "06-23", "assumption": "08-15",
              "all_saints": "11-01"},
    "CH-NE": {"republic_day": "03-01", "good_friday": "04-03", "easter_monday": "04-06?", "labour_day": "05-01",
              "whit_monday": "05-25?", "corpus_christi": "06-04?", "fast_monday": "09-21?"},
    "CH-TI": {"epiphany": "01-06", "saint_joseph": "03-19", "easter_monday": "04-06", "labour_day": "05-01",
              "whit_monday": "05-25", "corpus_christi": "06-04", "peter_and_paul": "06-29", "assumption": "08-15",
              "all_saints": "11-01", "immaculate_conception": "12-08", "second_christmas": "12-26"},
    "CH-OW": {"berchtold": "01-02?", "good_friday": "04-03", "easter_monday": "04-06?", "whit_monday": "05-25?",
              "corpus_christi": "06-04", "assumption": "08-15", "brother_klaus": "09-25", "all_saints": "11-01",
              "immaculate_conception": "12-08", "second_christmas": "12-26?"},
    "CH-AI": {"good_friday": "04-03", "easter_monday": "04-06", "whit_monday": "05-25", "corpus_christi": "06-04",
              "assumption": "08-15", "saint_maurice": "09-22?", "all_saints": "11-01",
              "immaculate_conception": "12-08"},
}


@pytest.mark.parametrize("country, days", [("DE", GERMANY_2026), ("AT", AUSTRIA_2026), ("CH", SWITZERLAND_2026)])
def test_a_country_lists_what_is_kept_in_all_of_it(api, country, days):
    assert kept(api, country, 2026) == days


@pytest.mark.parametrize("region", BESIDE)
def test_a_region_lists_its_own_holidays_too(api, region):
    country = {"DE": GERMANY_2026, "AT": AUSTRIA_2026, "CH": SWITZERLAND_2026}[region[:2]]
    assert kept(api, region, 2026) == {**country, **BESIDE[region]}


@pytest.mark.parametrize("key, regions, years", [
    ("reformation_day", "BB MV SN ST TH", range(1995, 2017)), ("reformation_day", " ".join(LAENDER), [2017]),
    ("reformation_day", "BB HB HH MV NI SH SN ST TH", range(2018, 2040)),
    ("repentance_day", "SN", range(1995, 2040)),
    ("womens_day", "", range(1995, 2019)), ("womens_day", "BE", range(2019, 2023)),
    ("womens_day", "BE MV", range(2023, 2040)),
    ("childrens_day", "", range(1995, 2019)), ("childrens_day", "TH", range(2019, 2040)),
    ("liberation_day", "BE", [2020, 2025]),
    ("liberation_day", "", [*range(1995, 2020), *range(2021, 2025), *range(2026, 2040)]),
    ("uprising_day", "BE", [2028]),
    ("uprising_day", "", [*range(1995, 2028), *range(2029, 2040)]),
])
def test_a_german_law_holds_where_and_when_it_says(db, key, regions, years):
    db.execute("SELECT DISTINCT extract(year FROM h.date)::integer, region"
               " FROM unnest(%s) AS region, holidays_between(region, '1995-01-01', '2039-12-31') AS h"
               " WHERE key = %s",
               [[f"DE-{land}" for land in LAENDER], key])
    found = {(year, region) for year, region in db.fetchall() if year in years}
    assert found == {(year, f"DE-{land}") for year in years for land in regions.split()}


@pytest.mark.parametrize("region, key, days", [
    ("DE-SN", "repentance_day", "2015-11-18 2016-11-16 2017-11-22 2018-11-21 2019-11-20 2020-11-18"
                                " 2021-11-17 2022-11-16 2023-11-22 2024-11-20 2025-11-19 2026-11-18"),
    ("CH-GL", "naefels_procession", "2015-04-09 2016-04-07 2017-04-06 2018-04-05 2019-04-04 2020-04-02"
                                    " 2021-04-08 2022-04-07 2023-04-13 2024-04-04 2025-04-03 2026-04-09"),
    ("CH-GE", "geneva_fast", "2015-09-10 2016-09-08 2017-09-07 2018-09-06 2019-09-05 2020-09-10"
                             " 2021-09-09 2022-09-08 2023-09-07 2024-09-05 2025-09-11 2026-09-10"),
    ("CH-VD", "fast_monday", "2015-09-21 2016-09-19 2017-09-18 2018-09-17 2019-09-16 2020-09-21"
                             " 2021-09-20 2022-09-19 2023-09-18 2024-09-16 2025-09-22 2026-09-21"),
    ("CH-NE", "berchtold", "2017-01-02 2023-01-02"),  # only after a New Year's Day on a Sunday
    ("CH-NE", "second_christmas", "2016-12-26 2022-12-26"),
    ("CH-AR", "second_christmas", "2016-12-26 2018-12-26 2019-12-26 2021-12-26 2022-12-26 2024-12-26 2025-12-26"),
    ("AT-9", "good_friday", "2015-04-03 2016-03-25 2017-04-14 2018-03-30"),  # of the Protestants; of nobody since
])
def test_a_day_that_moves_falls_where_the_law_says(db, region, key, days):
    db.execute("SELECT string_agg(date::text, ' ' ORDER BY date)"
               " FROM holidays_between(%s, '2015-01-01', '2026-12-31') WHERE key = %s", [region, key])
    assert db.fetchone() == (days,)


def test_easter_is_on_the_right_sunday_in_every_year(db):
    db.execute("SELECT year, easter(year) FROM generate_series(1583, 4099) AS year")
    assert [(year, day) for year, day in db.fetchall() if day != easter(year)] == []


def test_no_region_keeps_a_holiday_twice_on_a_day_and_none_lacks_a_name(db):
    db.execute("SELECT region, h.date, h.key FROM unnest(%s) AS region,"
               " holidays_between(region, '1995-01-01', '2050-12-31') AS h"
               " GROUP BY 1, 2, 3 HAVING count(*) > 1 OR bool_or(names ->> 'de' IS NULL OR names ->> 'en' IS NULL)",
               [list(PARTS)])
    assert db.fetchall() == []


# Against the library -------------------------------------------------------------------------------

EASTER_NE = "LDJF Art. 3 (RSN 941.02) does not name it; offices are closed, so ours is partial"
USUAL = "not named by the canton's law, or not in all of the canton, but usually free: ours is partial"

# Everything in which the library of Debian 12 (0.10.1 of 2020) and the laws differ: regions, what one of them has
# (-: only the library, +: only we, without what is partial), years if not all, and why.
DIFFERENCES = [
    ("DE-BY",       "-Mariä Himmelfahrt", None,
     "only in communes with more Catholics (Art. 1 Abs. 1 Nr. 2 FTG): partial"),
    ("DE-BE",       "+liberation_day",    [2025], "once, after 80 years: § 1 FeiertG BE"),
    ("DE-BE",       "+uprising_day",      [2028], "once, after 75 years: § 1 FeiertG BE"),
    ("DE-MV",       "+womens_day",        range(2023, 2031), "§ 2 FTG M-V since 2023"),
    ("CH-*",        "-Ostern",            None, "a Sunday like any other by law"),
    ("CH-*",        "-Pfingsten",         None, "a Sunday like any other by law"),
    ("CH-GE",       "-Escalade de Genève", None, "a feast, not a holiday by LJF (RSG J 1 45)"),
    ("CH-GE",       "+geneva_fast",       None, "LJF Art. 1 (RSG J 1 45); the library forgot it"),
    ("CH-GE",       "-Berchtoldstag",     None, "not in LJF (RSG J 1 45)"),
    ("CH-GR",       "-Berchtoldstag",     None, "not a day of rest in Graubünden"),
    ("CH-AG FR GL OW SH SO ZG ZH", "-Berchtoldstag", None, USUAL),
    ("CH-NE",       "-Berchtoldstag",     [year for year in YEARS if date(year, 1, 1).weekday() != 6],
     "only if 1 January is a Sunday: LDJF Art. 3 (RSN 941.02)"),
    ("CH-NE",       "-Stephanstag",       [year for year in YEARS if date(year, 12, 25).weekday() != 6],
     "only if 25 December is a Sunday: LDJF Art. 3 (RSN 941.02)"),
    ("CH-AI AR",    "-Stephanstag",       [year for year in YEARS if date(year, 12, 25).weekday() in (0, 4)],
     "not after a Christmas on a Monday or before a Sunday: Art. 7 bGS 822.11, Art. 2 GS 822.200"),
    ("CH-GR",       "-Karfreitag",        None, USUAL),
    ("CH-TI",       "-Karfreitag",        None, "not a holiday in Ticino"),
    ("CH-NE",       "-Ostermontag",       None, EASTER_NE),
    ("CH-NE",       "-Pfingstmontag",     None, EASTER_NE),
    ("CH-AG FR NW OW SO ZG", "-Ostermontag", None, USUAL),
    ("CH-AG FR NW OW SO VS ZG", "-Pfingstmontag", None, USUAL),
    ("CH-AG FR NW OW SO ZG", "-Stephanstag", None, USUAL),
    ("CH-SO",       "-Tag der Arbeit",    None, "from noon only (BGS 512.41): partial"),
]


def explained():
    for regions, what, years, why in DIFFERENCES:
        country, codes = regions.split("-", 1)
        assert why
        for code in CANTONS if codes == "*" else codes.split():
            yield from ((f"{country}-{code}", what, year) for year in years or YEARS)


def differences(db):
    """How the library and the database differ, as (region, what one of them has, year)."""
    db.execute("SELECT region, date, key"
               " FROM unnest(%s) AS region, holidays_between(region, %s, %s) WHERE NOT partial",
               [list(PARTS), date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)])
    ours = {}
    for region, day, key in db.fetchall():
        ours.setdefault(region, {})[day] = key
    for region, (country, part) in PARTS.items():
        theirs = holidays.CountryHoliday(country, prov=part, years=YEARS)
        yield from ((region, f"-{theirs[day]}", day.year) for day in theirs.keys() - ours[region].keys())
        yield from ((region, f"+{ours[region][day]}", day.year) for day in ours[region].keys() - theirs.keys())


def test_ours_differ_from_the_library_only_where_the_law_does(db):
    assert sorted(differences(db)) == sorted(explained())


@pytest.mark.parametrize("wrong", [
    "UPDATE holiday_rules SET easter = 59 WHERE key = 'corpus_christi' AND country = 'AT'",
    "UPDATE holiday_rules SET from_year = 2019 WHERE key = 'reformation_day' AND from_year = 2018",
    "UPDATE holiday_rules SET weekday = 4 WHERE key = 'repentance_day'",
    "UPDATE holiday_rules SET day = 17 WHERE key = 'repentance_day'",
    "UPDATE holiday_rules SET yields_to = NULL WHERE key = 'naefels_procession'",
    "UPDATE holiday_rules SET only_on = NULL WHERE only_on IS NOT NULL",
    "UPDATE holiday_rules SET regions = array_append(regions, 'DE-HE') WHERE key = 'epiphany' AND country = 'DE'",
    "UPDATE holiday_rules SET partial = false WHERE key = 'saint_leopold'",
    "DELETE FROM holiday_rules WHERE key = 'independence_day'",
])
def test_a_wrong_rule_would_be_noticed(db, wrong):
    db.execute("BEGIN")
    try:
        db.execute(wrong)
        assert db.rowcount > 0
        assert sorted(differences(db)) != sorted(explained())
    finally:
        db.execute("ROLLBACK")


# Regions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country, code, region", [
    ("DE", "NW", "DE-NW"), ("AT", "02", "AT-2"), ("AT", "09", "AT-9"), ("AT", "9", "AT-9"), ("CH", "ZH", "CH-ZH"),
    ("DE", None, None), ("DE", "", None), ("DE", "XX", None), ("AT", "10", None), ("AT", "00", None),
    ("FR", "11", None), (None, "NW", None),
])
def test_a_postcode_lies_in_a_region(db, country, code, region):
    db.execute("SELECT region_of_postcode(%s, %s)", [country, code])
    assert db.fetchone() == (region,)


def test_every_postcode_there_is_lies_in_a_region(db):
    db.execute("SELECT count(*), count(region_of_postcode(country, region_code)) FROM postcodes")
    there, known = db.fetchone()
    assert there == known > 100


def test_exactly_the_countries_and_their_parts_are_known(db):
    db.execute("SELECT region FROM unnest(%s) AS region WHERE region_is_known(region)",
               [[*PARTS, "DE", "AT", "CH", "DE-XX", "AT-0", "AT-10", "CH-DE", "LI", "de", "", None]])
    assert {region for region, in db.fetchall()} == {*PARTS, "DE", "AT", "CH"}
    db.execute("SELECT DISTINCT unnest(regions) FROM holiday_rules")
    assert {region for region, in db.fetchall()} == set(PARTS)
    db.execute("SELECT region_is_known(NULL)")
    assert db.fetchone() == (False,)


# The operation -------------------------------------------------------------------------------------

FRONLEICHNAM = {"date": "2026-06-04", "key": "corpus_christi", "name": "Fronleichnam", "region": "DE-SN",
                "partial": True}


def test_a_holiday_is_named_in_the_language_of_the_answer(api):
    path = "/v1/holidays?region=DE-SN&from=2026-06-01&to=2026-06-30"
    german, english = api.get(path), api.get(path, Accept_Language="en")
    assert german.json["items"] == [FRONLEICHNAM]
    assert english.json["items"] == [{**FRONLEICHNAM, "name": "Corpus Christi"}]
    assert (german.headers["content-language"], english.headers["content-language"]) == ("de", "en")


def test_both_ends_belong_to_it(api):
    def days(first, last):
        return [item["date"] for item in listed(api, "DE", first, last)]
    assert days("2026-12-25", "2027-01-01") == ["2026-12-25", "2026-12-26", "2027-01-01"]
    assert days("2026-12-25", "2026-12-25") == ["2026-12-25"]
    assert days("2026-12-27", "2026-12-31") == []


def test_unless_told_otherwise_it_is_the_year_from_today(api, another_server, own_clock):
    own_clock.move(0)
    there = api.at(another_server(RUNDE_CLOCK_FILE=own_clock))
    for hours in (0, 100 * 24):
        own_clock.move(hours)
        shown = [item["date"] for item in there.get("/v1/holidays?region=AT-5&limit=200").json["items"]]
        today = date.today() + timedelta(hours=hours)
        assert shown == sorted(shown) and 13 <= len(shown) <= 17
        assert (today - timedelta(1)).isoformat() <= shown[0] and shown[-1] <= (today + timedelta(367)).isoformat()
        assert shown[0] < (today + timedelta(90)).isoformat() and shown[-1] > (today + timedelta(275)).isoformat()
    assert all(item["date"] <= "2030-05-01" for item in api.all_pages("/v1/holidays?region=DE&from=2029-05-01"))


def test_pages_hold_every_holiday_once_also_two_of_one_day(api):
    path = "/v1/holidays?region=DE&from=2008-01-01&to=2008-12-31"
    whole = api.get(path).json["items"]
    assert [item["key"] for item in whole if item["date"] == "2008-05-01"] == ["ascension", "labour_day"]
    for limit in (1, 2, 3, len(whole)):
        assert api.all_pages(f"{path}&limit={limit}") == whole


def test_a_cursor_is_good_for_its_region_only(api):
    cursor = api.get("/v1/holidays?region=DE&limit=1").json["next"]
    reply = api.get(f"/v1/holidays?region=AT&limit=1&cursor={cursor}")
    assert (reply.status, reply.slug) == (400, "invalid-cursor")


def test_what_the_client_has_is_not_sent_again(api):
    path = "/v1/holidays?region=CH-ZH&from=2026-01-01"
    assert api.get(path, If_None_Match=api.get(path).etag).status == 304


@pytest.mark.parametrize("query, parameters", [
    ("", {"region"}), ("region=", {"region"}), ("region=de", {"region"}), ("region=DE-NRWX", {"region"}),
    ("region=DE-XX", {"region"}), ("region=LI", {"region"}), ("region=AT-0", {"region"}),
    ("region=DE&from=2026-01-02&to=2026-01-01", {"to"}), ("region=DE&from=2026-01-01&to=2036-01-02", {"to"}),
    ("region=DE&to=1999-12-31", {"to"}), ("region=DE&from=2026-02-29", {"from"}), ("region=DE&to=2026", {"to"}),
    ("region=DE&from=1994-12-31", {"from"}), ("region=DE&from=3000-01-01", {"from"}),
    ("region=XX&from=2026-01-02&to=2026-01-01", {"region", "to"}), ("region=DE&year=2026", {"year"}),
])
def test_what_is_wrong_is_named(api, query, parameters):
    reply = api.get(f"/v1/holidays?{query}")
    assert (reply.status, reply.slug) == (400, "invalid-parameter")
    assert reply.parameters() == parameters


def test_the_ends_may_be_ten_years_apart_and_far_away(api):
    assert len(api.all_pages("/v1/holidays?region=DE&from=2026-01-01&to=2036-01-01&limit=200")) == 91
    for query in ("from=1995-01-01&to=1995-12-31", "from=2999-01-01", "from=2999-12-31"):
        assert api.get(f"/v1/holidays?region=DE&{query}").status == 200


def test_the_entry_leads_here(api):
    assert api.get("/v1").json["links"]["holidays"].endswith("/v1/holidays")
