"""A year in the life of a company, by lot: what it hears, and how its memory fares. `measure` says how well it is.

Every event is known to be telling or noise, every name to be of one firm, and some words are planted to be asked for
later. Nothing but events goes in: they are remembered, consolidated once a day, and recalled as anybody would.
"""

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from opc_kernel import contents
from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.memory.capture import Capture, Keeps, Says, Who
from opc_kernel.memory.fact import FactAsserted
from opc_kernel.memory.judging import ContradictionSettled
from opc_kernel.memory.normal import name_key
from opc_kernel.memory.recall.recall import Recall
from opc_kernel.memory.remembering import Remembering
from opc_kernel.money import Money
from opc_kernel.testing import FrozenClock
from workbench.capabilities.books.events import InvoiceIssued
from workbench.memory.captures import CAPTURES
from workbench.memory.consolidation import Consolidation
from workbench.memory_settings import MemorySettings

BEGINNING = date(2026, 1, 1)
PLANTED_FIRST = 5
ASKED, K, CONTEXT_TOKENS = 60, 10, 2_000
"""So many planted questions are asked in one measurement; so many items are looked at; so much an agent is given."""

FIRMS = {
    "Sandtor": ("Sandtor GmbH", "SANDTOR GMBH", "Sandtor G.m.b.H.", "sandtor gmbh"),
    "Elbe Papier": ("Elbe Papier AG", "ELBE PAPIER AG", "Elbe-Papier AG"),
    "Kranich": ("Kranich & Sohn KG", "Kranich und Sohn KG", "KRANICH & SOHN KG"),
    "Nordlicht": ("Nordlicht Media GmbH", "Nordlicht Media Gmbh", "NORDLICHT MEDIA GMBH"),
    "Harbour": ("Harbour Lamps Ltd", "Harbour Lamps Limited", "HARBOUR LAMPS LTD"),
    "Vogelsang": ("Vogelsang Consulting GmbH", "VOGELSANG CONSULTING GMBH"),
    "Brise": ("Brise Studio SARL", "BRISE STUDIO SARL"),
    "Tide": ("Tide & Anchor Inc", "Tide and Anchor Inc.", "TIDE & ANCHOR INC"),
}
TYPOS = {"Sandtor": "Sandtro GmbH", "Nordlicht": "Nordlich Media GmbH", "Harbour": "Harbor Lamps Ltd"}
PEOPLE = (
    "Anna Berg",
    "Ben Okafor",
    "Clara Windhuk",
    "David Roth",
    "Eva Lindqvist",
    "Farid Aziz",
    "Greta Moll",
    "Hugo Petit",
)
THINGS = (
    "door code", "parking space", "cost centre", "loading ramp", "guest network", "storage shelf", "meter number",
    "delivery slot", "project code", "colour number", "paper grade", "lamp type", "badge number", "locker", "booth",
)  # fmt: skip
PLACES = (
    "warehouse",
    "showroom",
    "office",
    "workshop",
    "archive",
    "canteen",
    "garage",
    "studio",
    "cellar",
    "roof",
    "lobby",
    "yard",
)
PLANTS = (
    "The {thing} of our {place} is {answer}, please note it.",
    "By the way, for the {place} the {thing} is now {answer}.",
    "We changed the {thing} in the {place}: it is {answer} from here on.",
)
CHAT = (
    "Thanks a lot, have a nice weekend!", "Great, talk to you soon.", "Awful weather today, is yours any better?",
    "Sorry for the late answer, it was a busy morning.", "Perfect, that works for us.", "How was your holiday?",
    "Happy to hear that, greetings to the team.", "My train is late again, I will be there soon.",
    "Good morning, I hope you had a quiet start.", "Just a short sign that I have read your message.",
)  # fmt: skip
TELLING = (
    "We will send the {thing} for the {place} by {day}.", "The offer for the {place} is {amount} EUR without tax.",
    "We agreed on {amount} EUR for the {place} and pay by {day}.", "Please move the meeting in the {place} to {day}.",
    "The {place} needs {count} more lamps before {day}.", "We decided against the {thing} for the {place}.",
)  # fmt: skip
NOTICES = (
    "Your mailbox is nearly full. Delete old messages to go on receiving mail.",
    "Reminder: your weekly report is ready to be viewed in the portal.",
)
BEATS = "Nightly copy finished at 02:{minute:02}, {files} files were looked at and no errors were found."


class Told(EventData, type="test.told"):
    """Somebody wrote or said something."""

    kind: str = "mail"
    firm: str = ""
    speaker: str = ""
    text: str
    conversation: str | None = None
    place: int | None = None
    contact: str = ""
    on: date | None = None


def told(source):
    said = source.data
    who = (Who(kind="firm", name=said.firm),) if said.firm else ()
    keeps = Keeps(
        kind=said.kind, text=said.text, about=who, speaker=said.speaker, conversation=said.conversation,
        place=said.place,
    )  # fmt: skip
    says = (
        (Says(who=who[0], predicate="contact", value=said.contact, valid_from=said.on),)
        if said.contact
        else ()
    )
    return (keeps, *says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Words that are asked for later."""

    question: str
    answer: str
    event: str
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How memory fares on a day."""

    day: int
    said: int
    """Items ever kept."""
    kept: int
    """Items that are recalled from."""
    tokens: float
    """Of a context packed for an agent, the mean."""
    junk_kept: float
    """Share of the kept items all of whose events are noise: they tell nothing of anybody."""
    junk_recalled: float
    """The same share of the items recalled for the planted questions."""
    twice: int
    """Kept items that say, word for word, what another one says, of and by the same."""
    names_twice: int
    """Entities that bear the name of another one."""
    contradictions: int
    """Open ones."""
    wrong_merges: int
    """Entities that speak for more than one firm."""
    found: float
    """Share of the planted questions whose answer stands in the ten items recalled."""
    packed: float
    """Share of those whose answer stands in the context packed."""
    led_back: float
    """Share of those where an item recalled leads back to the event that told it."""

    def line(self):
        return (
            f"{self.day:>4} {self.said:>6} {self.kept:>6} {self.tokens:>7.0f} {self.junk_kept:>7.1%} "
            f"{self.junk_recalled:>8.1%} {self.twice:>6} {self.names_twice:>6} {self.contradictions:>5} "
            f"{self.wrong_merges:>6} {self.found:>7.1%} {self.packed:>7.1%} {self.led_back:>7.1%}"
        )


HEAD = " day   said   kept  tokens    junk recalled  twice  names  open merges   found  packed     led"


class SimulatedCompany:
    """A company that lives day by day; `consolidates=False` shows what would be without."""

    def __init__(self, folder, *, seed=1, consolidates=True):
        self.lots = random.Random(seed)
        self.clock = FrozenClock(f"{BEGINNING}T06:00:00+00:00")
        self.day = 0
        self.log = DurableLog(
            folder,
            Registry((*contents.EVENTS, InvoiceIssued, Told)),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )
        self.remembering = Remembering(self.log, (*CAPTURES, Capture(event=Told, observe=told)), region="DE")
        self.consolidation = Consolidation(self.log, MemorySettings(), clock=self.clock)
        self.consolidates = consolidates
        self.recall = Recall(self.log, folder, clock=self.clock)
        self.noise: set[str] = set()
        self.planted: list[Planted] = []
        self._talks: dict[str, tuple[str, int]] = {}
        self._free = [(thing, place, firm) for thing in THINGS for place in PLACES for firm in FIRMS]
        self.lots.shuffle(self._free)

    def close(self):
        self.recall.close()
        self.log.close()

    def live(self, until):
        """Live on until the end of a day, counted from 1."""
        while self.day < until:
            self.day += 1
            events = [*self._machines(), *(self._office() if self._is_workday() else ())]
            self._append(events)
            self.clock.move(hours=12)
            self.remembering.catch_up()
            self._answer()
            if self.consolidates:
                self.consolidation.run()
            self.clock.move(hours=12)

    # what happens

    @property
    def _date(self):
        return self.clock.now().date()

    def _is_workday(self):
        return self._date.weekday() < 5

    def _append(self, events):
        writes = [
            Write(
                stream=f"said/{self.day}-{number}",
                data=data,
                actor="somebody",
                event_id=event,
                occurred_at=at,
            )
            for number, (event, data, at) in enumerate(events)
        ]
        self.log.append(writes, expected={write.stream: ANY_VERSION for write in writes})

    def _event(self, data, *, noise=False):
        event = f"{self.lots.getrandbits(104):026x}"
        if noise:
            self.noise.add(event)
        at = datetime.combine(self._date, datetime.min.time(), UTC) + timedelta(
            minutes=self.lots.randrange(360, 1200)
        )
        return event, data, at

    def _machines(self):
        """Heartbeats with other figures each time, and notices with the same words each time."""
        beat = BEATS.format(minute=self.lots.randrange(60), files=self.lots.randrange(1000, 2000))
        yield self._event(Told(text=beat, speaker="copy service"), noise=True)
        for notice in NOTICES:
            yield self._event(Told(text=notice, speaker="portal"), noise=True)

    def _office(self):
        for _ in range(self.lots.randrange(3, 7)):
            yield self._mail()
        for _ in range(PLANTED_FIRST if self.day == 1 else 0):
            yield self._plant()
        if self.lots.random() < 0.6:
            yield self._plant()
        if self.lots.random() < 0.4:
            yield self._invoice()
        if self.lots.random() < 0.1:
            yield from self._twice()
        if self.lots.random() < 0.15:
            yield self._contact()

    def _firm(self):
        firm = self.lots.choice([*FIRMS])
        spelling = (
            TYPOS[firm] if firm in TYPOS and self.lots.random() < 0.02 else self.lots.choice(FIRMS[firm])
        )
        return firm, spelling

    def _turn(self, firm):
        """Go on with the talk with a firm, or begin another one."""
        talk, place = self._talks.get(firm, ("", 0))
        if not talk or self.lots.random() < 0.15:
            talk, place = f"talk/{firm}-{self.day}", 0
        self._talks[firm] = (talk, place + 1)
        return {"conversation": talk, "place": place}

    def _mail(self):
        firm, spelling = self._firm()
        is_chat = self.lots.random() < 0.5
        text = self.lots.choice(CHAT) if is_chat else self._fill(self.lots.choice(TELLING))
        said = Told(firm=spelling, speaker=self._person(firm), text=text, **self._turn(firm))
        return self._event(said, noise=is_chat)

    def _person(self, firm):
        return PEOPLE[[*FIRMS].index(firm)]

    def _fill(self, text):
        day = self._date + timedelta(days=self.lots.randrange(3, 40))
        return text.format(
            thing=self.lots.choice(THINGS), place=self.lots.choice(PLACES), day=f"{day:%-d %B}",
            amount=f"{self.lots.randrange(90, 9000)}.{self.lots.randrange(100):02}", count=self.lots.randrange(2, 40),
        )  # fmt: skip

    def _plant(self):
        thing, place, firm = self._free.pop()
        answer = f"{self.lots.choice('BCDFGHKLMNPRSTVWXZ')}{self.lots.randrange(10)}-{self.lots.randrange(1000, 9999)}"
        text = self.lots.choice(PLANTS).format(thing=thing, place=place, answer=answer)
        is_note = self.lots.random() < 0.3
        around = f" {self.lots.choice(CHAT)}" if self.lots.random() < 0.5 else ""
        said = Told(
            kind="note" if is_note else "mail", firm=FIRMS[firm][0], speaker="" if is_note else self._person(firm),
            text=f"{firm}: {text}{around}", **({} if is_note else self._turn(firm)),
        )  # fmt: skip
        found = self._event(said)
        question = f"What is the {thing} of the {place} at {firm}?"
        self.planted.append(Planted(question=question, answer=answer, event=found[0], day=self.day))
        return found

    def _invoice(self):
        _, spelling = self._firm()
        money = Money(amount=f"{self.lots.randrange(90, 9000)}.{self.lots.randrange(100):02}", currency="EUR")
        return self._event(
            InvoiceIssued(
                number=f"RE-{self.day}-{self.lots.randrange(1000)}", direction=self.lots.choice(("in", "out")),
                party=spelling, issued_on=self._date, due_on=self._date + timedelta(days=14), money=money,
            )
        )  # fmt: skip

    def _twice(self):
        """The same mail comes in by two ways."""
        firm, spelling = self._firm()
        said = Told(
            firm=spelling, speaker=self._person(firm), text=self._fill(TELLING[0]),
            conversation=f"talk/{firm}-twice-{self.day}", place=0,
        )  # fmt: skip
        yield self._event(said)
        yield self._event(said)

    def _contact(self):
        """Somebody else is in charge: mostly since a day, which is a correction; else it is a contradiction."""
        firm, spelling = self._firm()
        contact = self.lots.choice(PEOPLE)
        on = self._date if self.lots.random() < 0.8 else None
        return self._event(
            Told(
                kind="note",
                firm=spelling,
                text=f"{contact} is now in charge at {firm}.",
                contact=contact,
                on=on,
            )
        )

    def _answer(self):
        """The operator looks at what disagrees once a week, and says what is so."""
        if self.day % 7:
            return
        rows = self.log.query(
            "SELECT stream, fact, subject, predicate, value, sources FROM contradiction WHERE settled_as IS NULL"
        ).rows
        for stream, fact, subject, predicate, value, sources in rows:
            so = FactAsserted(
                subject=subject, predicate=predicate, value=value, valid_from=self._date, origin="operator",
                sources=tuple(sources),
            )  # fmt: skip
            writes = [
                Write(stream=stream, data=ContradictionSettled(value=value), actor="operator"),
                Write(stream=fact, data=so, actor="operator"),
            ]
            self.log.append(writes, expected={write.stream: ANY_VERSION for write in writes})

    # how it fares

    def measure(self):
        kept = self.log.query(
            "SELECT stream, kind, text, speaker, entities, conversation, place, sources FROM memory_item "
            "WHERE state = 'kept'"
        ).dicts()
        asked = random.Random(self.day).sample(self.planted, min(ASKED, len(self.planted)))
        answers = [(one, self.recall.recall(one.question, k=K)) for one in asked]
        recalled = [found for _, answer in answers for found in answer]
        said = self.log.query("SELECT count(*) FROM memory_item WHERE kind <> 'summary'").rows[0][0]
        packed = [(one, answer.pack(CONTEXT_TOKENS)) for one, answer in answers]
        return Figures(
            day=self.day,
            said=said,
            kept=len(kept),
            tokens=_mean([context.tokens for _, context in packed]),
            junk_kept=_mean([self._is_junk(item["sources"]) for item in kept]),
            junk_recalled=_mean([self._is_junk(found.sources) for found in recalled]),
            twice=_twice(kept),
            names_twice=self._names_twice(),
            contradictions=self._count("contradiction WHERE settled_as IS NULL"),
            wrong_merges=self._wrong_merges(),
            found=_mean([any(one.answer in each.item.text for each in answer) for one, answer in answers]),
            packed=_mean([one.answer in context.text for one, context in packed]),
            led_back=_mean([any(one.event in each.sources for each in answer) for one, answer in answers]),
        )

    def _is_junk(self, sources):
        return bool(sources) and all(event in self.noise for event in sources)

    def _count(self, table):
        return self.log.query(f"SELECT count(*) FROM {table}").rows[0][0]

    def _names_twice(self):
        names = self.log.query("SELECT kind, name FROM entity_now WHERE root = stream").rows
        return sum(
            count - 1 for count in Counter((kind, name_key(kind, name)) for kind, name in names).values()
        )

    def _wrong_merges(self):
        firms: dict[str, set[str]] = defaultdict(set)
        for name, root in self.log.query("SELECT name, root FROM entity_now WHERE kind = 'firm'").rows:
            firms[root].add(_true_firm(name))
        return sum(len(each) > 1 for each in firms.values())


def _true_firm(name):
    return next(firm for firm, names in FIRMS.items() if name in (*names, TYPOS.get(firm)))


def _twice(kept):
    """Count the kept items that say the same as another one; a short answer says something else each time."""
    told = Counter(
        (
            each["kind"],
            each["speaker"],
            tuple(each["entities"] or ()),
            each["conversation"],
            each["place"],
            text,
        )
        for each in kept
        if len(text := re.sub(r"\s+", " ", each["text"]).casefold()) >= 24
    )
    return sum(count - 1 for count in told.values())


def _mean(values):
    return sum(values) / len(values) if values else 0.0
