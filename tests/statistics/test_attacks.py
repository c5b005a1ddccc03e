"""test_attacks.py: whoever has all statistics that were ever released finds out nothing about fewer than eleven.

DATA_SETS=1000 makes it long.
"""

import itertools
import json
import os
import random

import pytest

from tests.installation import Installation, connected
from tests.statistics.attacker import LEAST, learn, margins

DATA_SETS = int(os.environ.get("DATA_SETS", "40"))
QUARTERS = ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
ORGANISATIONS = [None, *(f"01935c33-2c30-7f53-8285-00000000000{n}" for n in range(3))]
STOCKS = {"groups"}
WIDTH = 9  # how many differences must remain possible, where they are of fewer than eleven

# Instead of groups, registrations and referrals: cases of some people, brought by an organisation or by themselves.
STAND_IN = """
    CREATE TABLE cases (name text, quarter text, cell jsonb, organisation uuid, cases integer, people integer);
    CREATE OR REPLACE FUNCTION statistics_cases(of text, quarter text)
    RETURNS TABLE (cell jsonb, person text, known_to uuid[])
    LANGUAGE plpgsql AS $$
    BEGIN
        RETURN QUERY
        SELECT c.cell, concat(c.organisation, '/', n % c.people), array_remove(ARRAY[c.organisation], NULL)
        FROM cases c, generate_series(1, c.cases) AS n
        WHERE c.name = of AND c.quarter = statistics_cases.quarter;
    END
    $$;
    SET session_replication_role = replica;  -- what was released can be taken back
"""


def cells(**members):
    return [frozenset(zip(members, values)) for values in itertools.product(*members.values())]


REGIONS = ["DE-BY", "DE-NW", "online"]
BY_TOPIC = cells(region=REGIONS, topic_group=["angst", "sucht", "trauer", "schmerz"])
GRID = {"groups": BY_TOPIC, "registrations": BY_TOPIC, "referrals": cells(region=REGIONS, state=["accepted", "requested"])}


class Country:
    """What there is to be counted: {(table, quarter, cell): {organisation: (cases, people)}}."""

    def __init__(self, seed):
        self.seed, self.draw, self.parts = seed, random.Random(seed), {}
        for name, places in GRID.items():
            for cell in places:
                had = self.some()
                for quarter in QUARTERS:
                    if name in STOCKS:
                        had = max(0, had + self.draw.choice([0, 0, 1, -1, 2, -3, 6, 11, -12]))
                        self.parts[name, quarter, cell] = {None: (had, had)}
                    else:
                        self.parts[name, quarter, cell] = {one: self.brought() for one in ORGANISATIONS}

    def some(self):
        return self.draw.choice([0, 1, 2, 5, 9, 10, 11, 12, 13, self.draw.randrange(40)])

    def brought(self):
        cases = self.draw.choice([0, 0, self.some()])
        return cases, self.draw.randint(1, cases) if self.draw.random() < 0.2 and cases else cases

    def count(self, of, but="nobody"):
        return sum(cases for one, (cases, _) in self.parts[of].items() if one != but)

    def counts(self):
        return {of: self.count(of) for of in self.parts}

    def people(self, of):
        """How many not even the organisation knows that knows most."""
        known = max(people for one, (_, people) in self.parts[of].items() if one) if len(self.parts[of]) > 1 else 0
        return sum(people for _, people in self.parts[of].values()) - known


class Office:
    """Makes the releases of a country, in a database of its own."""

    def __init__(self, database):
        self.db = connected(database).cursor()
        self.db.execute(STAND_IN)

    def releases(self, country):
        rows = [{"name": name, "quarter": quarter, "cell": dict(cell), "organisation": one, "cases": cases, "people": people}
                for (name, quarter, cell), parts in country.parts.items() for one, (cases, people) in parts.items()]
        self.db.execute("TRUNCATE cases, statistics_releases")
        self.db.execute("INSERT INTO cases SELECT * FROM jsonb_populate_recordset(NULL::cases, %s)", [json.dumps(rows)])
        for quarter in QUARTERS:
            self.db.execute("SELECT statistics_release(t, %s, now()) FROM statistics_tables t", [quarter])
        self.db.execute("SELECT name, quarter, cells FROM statistics_releases")
        return {(name, quarter): told for name, quarter, told in self.db.fetchall()}


@pytest.fixture(scope="module")
def office(folder, template):
    installed = Installation(folder, template.name)
    made = Office(installed.database)
    yield made
    made.db.connection.close()
    installed.drop()


COUNTRIES = [Country(seed) for seed in range(DATA_SETS)]


def found_out(country, known):
    """The cells of fewer than eleven of which less is possible than that there are fewer than eleven."""
    return [of for of in country.parts if country.people(of) < LEAST and country.count(of) < LEAST
            and not (known.bounds[of][0] == 0 and known.bounds[of][1] >= LEAST - 1)]


def differences(country, known):
    """Of stocks that changed by fewer than eleven, those where too few changes are possible."""
    for (name, quarter, cell), (low, high) in known.bounds.items():
        if name in STOCKS and quarter != QUARTERS[-1]:
            after = name, QUARTERS[QUARTERS.index(quarter) + 1], cell
            change = country.count(after) - country.count((name, quarter, cell))
            least, most = known.bounds[after][0] - high, known.bounds[after][1] - low
            if 0 < abs(change) < LEAST and most - least + 1 < WIDTH:
                yield name, quarter, cell


def is_right(country, known):
    """Whether what was concluded is true, where all that is counted are people."""
    return all(low <= country.count(of) <= high for of, (low, high) in known.bounds.items()
               if high >= LEAST or country.count(of) < LEAST)


def test_nobody_finds_out_about_fewer_than_eleven(office):
    for country in COUNTRIES:
        known = learn(office.releases(country), STOCKS, GRID)
        assert known.bounds.keys() == country.parts.keys() and is_right(country, known), country.seed
        assert found_out(country, known) == [] and not [*differences(country, known)], country.seed


def test_there_is_something_to_find_out_and_something_that_is_told(office):
    told = [cell for country in COUNTRIES[:10] for table in office.releases(country).values() for cell in table]
    hidden = [of for country in COUNTRIES[:10] for of in country.parts if 0 < country.people(of) < LEAST]
    assert len(told) > 200 and len(hidden) > 200


def test_no_organisation_finds_out_about_fewer_than_eleven_by_taking_away_its_own(office):
    for country in COUNTRIES:
        known = learn(office.releases(country), STOCKS, GRID)
        for of, (low, high) in known.bounds.items():
            for one in ORGANISATIONS[1:] if low >= LEAST else ():
                assert high - country.parts[of].get(one, (0, 0))[0] >= LEAST, (country.seed, of)


# Each of these guards is needed ------------------------------------------------------------------------


def test_with_totals_beside_the_cells_it_would_be_found_out(office):
    found = 0
    for country in COUNTRIES[:20]:
        known = learn(office.releases(country), STOCKS, GRID)
        counts = country.counts()
        for table, by in (("groups", "region"), ("groups", "topic_group")):
            margins(known, {of: count for of, count in counts.items() if of[0] == table}, by)
        found += bool(found_out(country, known.conclude()))
    assert found > 15


@pytest.fixture
def without(office):
    """The same with a function that does nothing."""
    def replace(name, arguments, body):
        office.db.execute(f"CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS bigint LANGUAGE sql AS '{body}'")
        return office
    office.db.execute("BEGIN")
    yield replace
    office.db.execute("ROLLBACK")


def test_if_counts_followed_every_change_it_would_show(without):
    office = without("statistics_settled", "counted bigint, before bigint", "SELECT counted")
    without("statistics_rounded", "counted bigint", "SELECT counted")
    single = [1 for country in COUNTRIES[:10] for changes in [by_cell(office.releases(country))]
              for change in changes if abs(change) < LEAST and change]
    assert len(single) > 50


def by_cell(releases):
    """By how much what is told of each stock changes."""
    told = {}
    for (name, quarter), table in sorted(releases.items()):
        for cell in table if name in STOCKS else ():
            told.setdefault(str({**cell, "count": None}), {})[quarter] = cell["count"]
    for counts in told.values():
        for quarter, after in zip(QUARTERS, QUARTERS[1:]):
            if {quarter, after} <= counts.keys():
                yield counts[after] - counts[quarter]


def test_what_is_told_of_a_stock_changes_by_ten_or_more(office):
    changes = {change for country in COUNTRIES for change in by_cell(office.releases(country))}
    assert min((abs(change) for change in changes if change), default=10) >= 10


def test_if_an_organisation_counted_for_itself_it_could_take_itself_away(without):
    office = without("statistics_rounded", "counted bigint", "SELECT counted")
    office.db.execute("SELECT pg_get_functiondef('statistics_counts'::regproc)")
    broken = office.db.fetchone()[0].replace("m.people", "0")
    office.db.execute(broken)
    alone = 0
    for country in COUNTRIES[:10]:
        for name, quarter, cell in told_cells(office.releases(country)):
            of = name, quarter, cell
            alone += any(country.count(of, but=one) < LEAST for one in ORGANISATIONS[1:] if one in country.parts[of])
    assert alone > 20


def told_cells(releases):
    for (name, quarter), table in releases.items():
        for cell in table:
            yield name, quarter, frozenset((member, value) for member, value in cell.items() if member != "count")


def test_what_was_released_is_never_released_again(office):
    country = COUNTRIES[0]
    before = office.releases(country)
    office.db.execute("UPDATE cases SET cases = cases + 50, people = people + 50")
    for quarter in QUARTERS:
        office.db.execute("SELECT statistics_release(t, %s, now()) FROM statistics_tables t", [quarter])
    office.db.execute("SELECT name, quarter, cells FROM statistics_releases")
    assert {(name, quarter): told for name, quarter, told in office.db.fetchall()} == before
