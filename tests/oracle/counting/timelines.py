"""Which grid rules a customer's time from which edge on, and what a change of profile makes of it."""

BEGINNING = -(10**20)  # before every instant


class Timeline:
    """Segments (from, grid) in order of time; the first begins at BEGINNING. A period never crosses the border of a segment."""

    def __init__(self, segments):
        self.segments = segments
        self.recent = (0, 0)

    def containing(self, time):
        start, end = self.recent
        if start <= time < end:
            return self.recent
        last = len(self.segments) - 1
        at = max(i for i, (begin, _) in enumerate(self.segments) if begin <= time)
        start, end = self.segments[at][1].containing(time)
        start = max(start, self.segments[at][0])
        if at < last:
            end = min(end, self.segments[at + 1][0])
        self.recent = (start, end)
        return self.recent

    def edge_at_or_after(self, time):
        start, end = self.containing(time)
        return start if start == time else end

    def edge_after(self, time):
        return self.containing(time)[1]

    def grid_before(self, edge):
        return [grid for begin, grid in self.segments if begin < edge][-1]


def wanted(versions, grids):
    """What the versions [(effective_from, rule)] would be, had nothing been counted yet."""
    timeline = Timeline([(BEGINNING, grids.grid(versions[0][1]))])
    for effective_from, rule in versions[1:]:
        edge = timeline.edge_at_or_after(effective_from)
        kept = [segment for segment in timeline.segments if segment[0] < edge]
        timeline = Timeline(joined(kept, [(edge, grids.grid(rule))]))
    return timeline


def changed(timeline, versions, grids, locked_until):
    """`timeline` up to `locked_until`, from there on what is wanted; whatever the wanted grids would have been before."""
    wish = wanted(versions, grids)
    if locked_until == BEGINNING:
        return wish
    kept = [segment for segment in timeline.segments if segment[0] < locked_until]
    later = [segment for segment in wish.segments if segment[0] >= locked_until]
    return Timeline(joined(kept, [(locked_until, wish.grid_before(locked_until)), *later]))


def joined(segments, more):
    """A segment whose rule is that of the one before it is none; of two at one edge the later counts."""
    result = list(segments)
    for begin, grid in more:
        if result[-1][0] == begin:
            result.pop()
        if not result or result[-1][1].rule != grid.rule:
            result.append((begin, grid))
    return result
