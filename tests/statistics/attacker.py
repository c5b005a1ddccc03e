"""attacker.py: somebody who has all releases and knows the rules, and works out what the true counts can have been.

Unknown counts have bounds; what is known of sums and differences narrows them until nothing moves any more.
"""

LEAST, HALF = 11, 2  # what is told of at all; how far rounding may move it
EVERYBODY = 10 ** 9


class Knowledge:
    """Bounds of counts, by any names, and sums of some of them that lie within others."""

    def __init__(self):
        self.bounds, self.sums = {}, []

    def between(self, name, low, high):
        was = self.bounds.get(name, (0, EVERYBODY))
        self.bounds[name] = max(low, was[0]), min(high, was[1])

    def sum_between(self, terms, low, high):
        """terms: {name: 1 or -1}"""
        self.sums.append((terms, low, high))

    def of(self, terms):
        """The bounds of a sum as those of its terms have it."""
        ends = [[sign * end for end in self.bounds[name][::sign]] for name, sign in terms.items()]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    def narrow(self, terms, low, high):
        least, most = self.of(terms)
        for name, sign in terms.items():
            mine = [sign * end for end in self.bounds[name][::sign]]
            ends = sorted((sign * (low - (most - mine[1])), sign * (high - (least - mine[0]))))
            self.between(name, *ends)

    def conclude(self):
        was = None
        while was != self.bounds:
            was = dict(self.bounds)
            for known in self.sums:
                self.narrow(*known)
        return self


def published(releases):
    """{(table, quarter, cell): count}; a cell is the frozen set of its members."""
    return {(name, quarter, cell_of(cell)): cell["count"] for (name, quarter), cells in releases.items() for cell in cells}


def cell_of(cell):
    return frozenset(item for item in cell.items() if item[0] != "count")


def learn(releases, stocks, grid, settles=True):
    """What follows from all releases, {(table, quarter): cells}, about every cell of a grid, {table: cells}.

    stocks: the tables that count what is there; their cells may be told of as they were before.
    """
    told, known = published(releases), Knowledge()
    for name, quarter in sorted(releases):
        before = max((q for n, q in releases if n == name and q < quarter), default=None) if name in stocks else None
        for cell in grid[name]:
            count, was = told.get((name, quarter, cell)), told.get((name, before, cell))
            if count is None:
                known.between((name, quarter, cell), 0, LEAST - 1)
            elif settles and count == was:
                known.between((name, quarter, cell), max(LEAST, count - HALF - LEAST + 1), count + HALF + LEAST - 1)
            else:
                known.between((name, quarter, cell), max(LEAST, count - HALF), count + HALF)
    return known.conclude()


def margins(known, counts, by):
    """Tells the attacker true totals of cells that share a member, as tables with totals would."""
    totals = {}
    for (name, quarter, cell), count in counts.items():
        totals.setdefault((name, quarter, dict(cell)[by]), {})[name, quarter, cell] = count
    for cells in totals.values():
        known.sum_between(dict.fromkeys(cells, 1), sum(cells.values()), sum(cells.values()))
