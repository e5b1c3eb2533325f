"""When customers of a scenario get, change and lose their profiles."""
from spelling import DAY, profile_line, time_text
from worlds import grid_of, random_version

KINDS = ["ahead", "ahead", "late", "late", "change_first", "drop", "again", "tombstone", "tombstone", "invalid"]
INVALID = [{"time_zone": "Nope/Nope"}, {"anchor": "2026-02-30"}, {"interval": {"unit": "fortnight", "n": 1}}, {"mode": "free"}]


class ProfileChanges:
    def __init__(self, rng, customers, events, start, plain):
        self.rng = rng
        self.plain = plain
        self.start = start
        planned = []
        self.first = []
        for customer in customers:
            chance = rng.random()
            if chance < 0.7:
                self.first.append(customer)
            elif chance < 0.95:
                planned.append((rng.randrange(events), customer, "first"))
            for _ in range(0 if plain else rng.choice([0, 0, 1, 2, 3])):
                planned.append((rng.randrange(events), customer, rng.choice(KINDS)))
        self.planned = sorted(planned, key=lambda plan: -plan[0])  # (line number, customer, kind), the next at the end

    def at_start(self, now):
        for customer in self.first:
            yield self.change(customer, "first", now)

    def next_line(self, made, now):
        """The change that is due after `made` lines, or None."""
        if not self.planned or self.planned[-1][0] > made:
            return None
        _, customer, kind = self.planned.pop()
        return self.change(customer, kind, now)

    def change(self, customer, kind, now):
        rng = self.rng
        versions = customer.versions
        if kind == "tombstone" and customer.known:
            customer.known = False
            return profile_line(now, customer.tenant, customer.id, None)
        if kind == "invalid":
            bad = {**random_version(rng, self.start, self.plain), **rng.choice(INVALID)}
            return profile_line(now, customer.tenant, customer.id, [bad])
        if not versions:
            versions.append(random_version(rng, now - rng.choice([400, 10, -10]) * DAY, self.plain))
            if rng.random() < 0.4 and not self.plain:
                self.add_version(versions, now + rng.randint(-60, 60) * DAY)
        elif kind in ("ahead", "late"):
            self.add_version(versions, now + (1 if kind == "ahead" else -1) * (rng.randint(0, 40) * DAY + rng.randint(0, 86_400) * 10**9))
        elif kind == "change_first" and not self.plain:
            versions[0] = {**random_version(rng, now, False), "effective_from": versions[0]["effective_from"]}
        elif kind == "drop" and len(versions) > 1:
            versions.pop(rng.randrange(len(versions)))
        customer.known = True
        customer.grid = grid_of(versions[-1])
        return profile_line(now, customer.tenant, customer.id, versions)

    def add_version(self, versions, effective_from):
        """In its place by date; one of the same date is replaced."""
        new = random_version(self.rng, effective_from, False)
        text = time_text(effective_from)
        versions[:] = sorted([each for each in versions if each["effective_from"] != text] + [new], key=lambda each: each["effective_from"])
