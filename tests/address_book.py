"""People and firms as a one-person company meets them: each is written in one line."""

import random

from opc_kernel.memory.identity.record import Record, read_record


def person(key: str, name: str = "", **known) -> Record:
    """Return a person of whom this is known."""
    return read_record(key, "person", region="DE", names=[name] if name else [], **_listed(known))


def firm(key: str, name: str = "", **known) -> Record:
    """Return a firm of which this is known."""
    return read_record(key, "firm", region="DE", **_listed({"firm": name, **known}))


def _listed(known):
    many = {"email": "emails", "phone": "phones", "address": "addresses", "firm": "firms"}
    listed = {
        many[word]: [value] if isinstance(value, str) else value
        for word, value in known.items()
        if word in many
    }
    return {key: [each for each in values if each] for key, values in listed.items()} | {
        word: value for word, value in known.items() if word not in many
    }


FIRST, STEMS, ENDINGS, STREETS = (
    line.split()
    for line in """
Anna Bernd Clara Dieter Eva Frank Greta Hans Ines Jan Karin Lars Mia Nils Olga Paul Rita Sven Tina Uwe
Acker Berg Brand Busch Feld Fuchs Haupt Hof Kern Korn Lang Moos Nord Reit Sand Stein Tal Wald Weiss Wiesen
mann mueller bach hofer bauer schmidt weber huber inger ner
Haupt Garten Bahnhof Linden Kirch Schul Berg Wald Ring Markt
""".strip().splitlines()
)
PLACES = ["10115 Berlin", "20095 Hamburg", "80331 München", "50667 Köln", "04109 Leipzig", "70173 Stuttgart"]


def grown(people: int, seed: int) -> tuple[list[Record], set[frozenset[str]]]:
    """Return so many people, every third of them twice, written otherwise; and which pairs are the same."""
    chance = random.Random(seed)
    records, truth = [], set()
    for number in range(people):
        once = _somebody(chance)
        records.append(person(f"p{number}", **once))
        if number % 3 == 0:
            records.append(person(f"p{number} again", **_again(chance, once)))
            truth.add(frozenset((f"p{number}", f"p{number} again")))
    return records, truth


def _somebody(chance):
    first, family = chance.choice(FIRST), chance.choice(STEMS) + chance.choice(ENDINGS)
    return {
        "name": f"{first} {family}",
        "email": f"{first}.{family}{chance.randrange(100)}@gmx.de".lower(),
        "phone": f"0171 {chance.randrange(1_000_000, 9_999_999)}",
        "address": f"{chance.choice(STREETS)}str. {chance.randrange(1, 90)}, {chance.choice(PLACES)}",
        "birthday": f"{chance.randrange(1950, 2005)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    }


def _again(chance, once):
    """Write somebody down once more: one thing left out, one letter mistyped, the name in the other order."""
    first, family = once["name"].split()
    place = chance.randrange(1, len(family) - 1)
    slipped = family[:place] + family[place + 1 :] if chance.random() < 0.4 else family
    again = once | {"name": f"{slipped}, {first}" if chance.random() < 0.5 else f"{first} {slipped}"}
    del again[chance.choice(["email", "phone", "address", "birthday"])]
    return again
