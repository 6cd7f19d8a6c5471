"""Invented parties of a generated company: who they are, what their bank calls them, and accounts that can't exist."""

import random
from dataclasses import dataclass

STEMS = (
    "Nordhafen Logistik", "Gärtnerei Grünwald", "Feinmechanik Jürgens & Söhne", "Papierwerk Lüneburg",
    "Mieterservice Elbe", "Studio Kranich", "Möbelhaus Überseering", "Bäckerei Groß", "Tischlerei Köpke",
    "Zahnarztpraxis Dr. Öztürk", "Kühlhaus Süderelbe", "Brauerei Weißer Schwan", "Fahrradwerk Altona",
    "Kanzlei Petersen & Voß", "Hafenkante Immobilien", "Seilerei Jørgensen", "Druckhaus Ackermann",
    "Weinkontor Bühler", "Reederei Carstens", "Spedition Thieß", "Hausverwaltung Sönnichsen", "Optik Kästner",
)  # fmt: skip
FORMS = ("GmbH", "GmbH & Co. KG", "UG (haftungsbeschränkt)", "KG", "e.K.", "AG", "OHG", "eG")
LOOKALIKES = (
    ("Hansen Bau GmbH", "Hansen Bautechnik GmbH"),
    ("Müller & Partner Steuerberater", "Müller Partner Architekten PartG mbB"),
    ("Elbwerk Digital GmbH", "Elbwerk Dental GmbH"),
    ("Kontor Nord GmbH", "Kontor Nordwest GmbH & Co. KG"),
)
FOREIGN = (
    ("Alpstein Verpackungen AG", "CH"), ("Brouwer Waterbouw B.V.", "NL"), ("Fjordkraft Rådgivning ApS", "DK"),
    ("Tischler & Söhne Ges.m.b.H.", "AT"), ("Atelier Lefèvre SARL", "FR"), ("Café Zürichsee Sàrl", "CH"),
)  # fmt: skip
AMERICAN = (
    "Cobalt Freight Inc.",
    "Pinecrest Tool Rental LLC",
    "Lantern Analytics Inc.",
    "Blue Mesa Outfitters LLC",
)
SUPPLIERS = (
    ("Steuerkanzlei Brandt & Ohlsen PartG mbB", "accounting"), ("Druckerei Sandtor GmbH", "printing"),
    ("Bürobedarf Ritter KG", "office"), ("Ole Harksen", "subcontractors"), ("Svenja Möller", "subcontractors"),
    ("Fotostudio Lindqvist", "marketing"), ("IT-Service Wöhler e.K.", "office"),
    ("Übersetzungen Castaño", "subcontractors"), ("Seminarhaus Wümme GmbH", "events"),
)  # fmt: skip
FIRST_NAMES = ("Friederike", "Jörg", "Anneke", "Mustafa", "Søren", "Katarzyna", "Björn", "Lena")
LAST_NAMES = ("Aalund", "Grünwald", "Köhler", "Yıldız", "Brandt", "Nowak", "Groß", "Thomsen")
BBAN = {
    "DE": "9{:017d}",
    "AT": "9{:015d}",
    "CH": "9{:016d}",
    "NL": "ZWLB{:010d}",
    "DK": "9{:013d}",
    "FR": "9{:022d}",
}
"""Account numbers as long as the country's, of banks that don't exist: a first digit 9, a made-up name."""
UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe"}
)
ENDS = tuple(f" {form}" for form in (*FORMS, "PartG mbB", "B.V.", "ApS", "SARL", "Inc.", "LLC"))
NAME_LENGTH = 27
"""SWIFT messages of old cut a name there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A customer or supplier. `owner` is who pays from a private account, `private_account` that account."""

    name: str
    country: str
    currency: str
    account: str
    email: str
    terms_days: int
    retainer: int
    """Net amount of the same invoice every month; 0 for one whose invoices differ."""
    owner: str
    private_account: str
    category: str
    tax_rate: str


def iban(country: str, bban: str) -> str:
    """Return the IBAN with its check digits (ISO 13616: letters count from 10, the remainder by 97 is 1)."""
    digits = "".join(str(int(sign, 36)) for sign in f"{bban}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def is_iban(number: str) -> bool:
    """Whether the check digits of an IBAN are right."""
    return int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1


def some_account(chance: random.Random, country: str) -> str:
    """Return an account number; in America, where there are no IBANs, none is shown."""
    return iban(country, BBAN[country].format(chance.randrange(10**9))) if country in BBAN else ""


def customers(chance: random.Random) -> list[Party]:
    """Return some twenty customers: mostly German firms, one pair of look-alikes, some abroad, some in dollars."""
    german = [f"{stem} {chance.choice(FORMS)}" for stem in chance.sample(STEMS, 12)]
    near = [(name, "DE") for name in (*german, *chance.choice(LOOKALIKES))]
    abroad = [*chance.sample(FOREIGN, 3), *((name, "US") for name in chance.sample(AMERICAN, 2))]
    return [_party(chance, name, country, "consulting") for name, country in (*near, *abroad)]


def suppliers(chance: random.Random) -> list[Party]:
    """Return those who send bills, one of them in dollars."""
    german = [_party(chance, name, "DE", category) for name, category in chance.sample(SUPPLIERS, 6)]
    return [*german, _party(chance, "Granite Data Services Inc.", "US", "subcontractors")]


def as_the_bank_writes(chance: random.Random, name: str) -> str:
    """Return a name as it arrives: whole, in capitals without umlauts, without its legal form, cut off."""
    written = chance.choices(("whole", "capitals", "short", "cut"), (6, 2, 1, 1))[0]
    return {
        "whole": name,
        "capitals": name.translate(UMLAUTS).upper(),
        "short": without_form(name),
        "cut": name[:NAME_LENGTH].rstrip(),
    }[written]


def without_form(name: str) -> str:
    """Return a firm's name without what says that it is a firm."""
    return next(
        (name.removesuffix(end) for end in sorted(ENDS, key=len, reverse=True) if name.endswith(end)), name
    )


def _party(chance: random.Random, name: str, country: str, category: str) -> Party:
    word = "".join(
        sign for sign in name.translate(UMLAUTS).lower().split()[0] if sign.isascii() and sign.isalnum()
    )
    return Party(
        name=name,
        country=country,
        currency="USD" if country == "US" else "EUR",
        account=some_account(chance, country),
        email=f"buchhaltung@{word}.example",
        terms_days=chance.choice((14, 14, 30)),
        retainer=chance.choice((0, 0, 0, 450, 600, 900, 1500)) if category == "consulting" else 0,
        owner=f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}",
        private_account=some_account(chance, "DE"),
        category=category,
        tax_rate="19" if country == "DE" else "0",
    )
