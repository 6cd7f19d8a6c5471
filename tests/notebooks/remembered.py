"""A company whose memory is alive: firms, people, mails, promises, a merge, a disagreement, a stranger's text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opc_kernel.event import ANY_VERSION, NEW_STREAM, Write
from opc_kernel.memory.entity import EntityFound, EntityMerged, entity_stream
from opc_kernel.memory.fact import FactAsserted, FactRetracted, fact_stream
from opc_kernel.memory.item import ItemFaded, ItemFolded, ItemKept
from opc_kernel.memory.judging import ContradictionFound, contradiction_stream
from opc_kernel.memory.normal import name_key

SPOOF = "invoice\u202efdp.exe"
ATTACK = (
    "<img src=x onerror=alert(1)> **bold** [a](http://evil) <script>alert(2)</script> <svg onload=alert(3)>"
)


class Life:
    """Writes what a company would remember, event by event, as remembering stores it."""

    def __init__(self, company):
        self.company = company
        self.count = 0

    def store(self, stream, data, *, at=None, version=ANY_VERSION):
        write = Write(stream=stream, data=data, actor="memory", occurred_at=at)
        self.company.append([write], expected={stream: version})
        return write.event_id

    def meets(self, kind, name):
        stream = entity_stream(kind, name_key(kind, name))
        if not self.company.query("SELECT 1 FROM entity WHERE stream = $stream", stream=stream).rows:
            self.store(stream, EntityFound(kind=kind, name=name), version=NEW_STREAM)
        return stream

    def says(self, entity, predicate, value, *, source=None, since=None, origin="message", sure=1.0):
        data = FactAsserted(
            subject=entity,
            predicate=predicate,
            value=value,
            valid_from=since,
            confidence=sure,
            origin=origin,
            sources=(source or self.anything(),),
        )
        self.store(fact_stream(entity, predicate, value), data)

    def takes_back(self, entity, predicate, value, reason):
        self.store(fact_stream(entity, predicate, value), FactRetracted(reason=reason, account="test"))

    def keeps(self, kind, title, text, entities, on, *, speaker="", conversation=None, place=None):
        self.count += 1
        stream = f"item/life{self.count:06d}"
        data = ItemKept(
            kind=kind,
            title=title,
            text=text,
            entities=tuple(entities),
            speaker=speaker,
            conversation=conversation,
            place=place,
            sources=(self.anything(),),
        )
        self.store(stream, data, at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC))
        return stream

    def merges(self, entity, into, *evidence):
        self.store(entity, EntityMerged(into=into, evidence=evidence, decided_by="automatic"))

    def disagrees(self, entity, predicate, stands, value):
        data = ContradictionFound(
            fact=fact_stream(entity, predicate, value),
            subject=entity,
            predicate=predicate,
            stands=stands,
            value=value,
            origin="message",
            sources=(self.anything(),),
        )
        return self.store(contradiction_stream(data.fact, value), data)

    def anything(self):
        """Return the id of an event that is there, as a source."""
        rows = self.company.query("SELECT event_id FROM event ORDER BY position DESC LIMIT 1").rows
        return rows[0][0]


def enliven(company, today):
    """Fill a company's memory with a year; return the streams by a short name each."""
    life = Life(company)
    sandtor = life.meets("firm", "Druckerei Sandtor GmbH")
    lantern = life.meets("firm", "Lantern Analytics Inc.")
    jana = life.meets("person", "Jana Petersen")
    tomke = life.meets("person", "Tomke Voss")
    twin = life.meets("firm", "Druckerei Sandtor")
    contract = life.meets("contract", "Framework contract printing 2026")
    project = life.meets("project", "Workshop folders autumn")
    stranger = life.meets("person", f"Mallory {ATTACK}")
    ago = lambda days: today - timedelta(days=days)  # noqa: E731 - one word for many days
    life.says(jana, "works_at", "Druckerei Sandtor GmbH", since=ago(300))
    life.says(jana, "email", "j.petersen@druckerei-sandtor.example")
    life.says(jana, "phone", "+494035550117")
    life.says(sandtor, "contact", "Jana Petersen", sure=0.9)
    life.says(sandtor, "address", "Am Sandtorkai 4, 20457 Hamburg", origin="document", since=ago(320))
    life.says(sandtor, "address", "Kehrwieder 9, 20457 Hamburg", origin="document", since=ago(60))
    life.says(sandtor, "phone", "+494035550100")
    life.says(sandtor, "promised", "Reprint of ten folders at no cost by the end of November", since=ago(12))
    life.says(
        sandtor, "promised", "Two per cent discount within seven days", since=ago(70), origin="document"
    )
    life.says(sandtor, "prefers", "Proofs as PDF/X-4, by mail before noon", origin="operator")
    life.says(sandtor, "note", "Closed between Christmas and New Year")
    life.says(sandtor, "note", "Has moved to Bremen")
    life.takes_back(sandtor, "note", "Has moved to Bremen", "a mix-up with another firm")
    life.says(sandtor, "renews_on", (today + timedelta(days=38)).isoformat(), origin="document")
    life.says(sandtor, "notice_by", (today + timedelta(days=8)).isoformat(), origin="document")
    life.says(contract, "renews_on", (today + timedelta(days=38)).isoformat(), origin="document")
    life.says(stranger, "note", ATTACK)
    life.says(tomke, "works_at", "Atelier Tomke Voss")
    mails = (
        (
            210,
            "Offer for the spring flyers",
            "Dear Ms Osterkamp, here is our offer for 2,000 flyers on uncoated paper.",
        ),
        (
            205,
            "Re: Offer for the spring flyers",
            "We take the offer; please send a proof before printing starts.",
        ),
        (160, "Proof", "Attached is the proof. The grey on page two prints darker than on the screen."),
        (
            61,
            "We have moved",
            "From the first of the month you find us at Kehrwieder 9, in the old coffee store.",
        ),
        (24, "Workshop folders", "The folders of the autumn workshop will be delivered on Thursday morning."),
        (
            14,
            "Ten folders are damaged",
            "Ten of the folders arrived with torn spines. Could you have a look at the photos?",
        ),
        (
            12,
            "Re: Ten folders are damaged",
            "We are sorry. We reprint the ten folders at no cost by the end of November.",
        ),
        (
            3,
            "Delivery of the reprint",
            "The reprinted folders leave our house on Friday, with the parcel service.",
        ),
    )
    for days, title, text in mails:
        life.keeps(
            "mail",
            title,
            text,
            (sandtor, jana),
            ago(days),
            speaker="Jana Petersen",
            conversation="m",
            place=days,
        )
    call = "Called about the damaged folders; Jana wants photos of the spines before they reprint."
    life.keeps("note", "Call with Jana", call, (sandtor, jana, project), ago(13))
    life.keeps(
        "document",
        "Framework contract",
        "Printing at list price less eight per cent.",
        (sandtor, contract),
        ago(320),
    )
    life.keeps("mail", "Dashboard", "The dashboard of the third quarter is ready.", (lantern, tomke), ago(33))
    life.keeps(
        "mail", f"Your {SPOOF}", f"Please open {SPOOF}. {ATTACK}", (stranger,), ago(2), speaker="Mallory"
    )
    old = life.keeps(
        "mail", "Season's greetings", "Happy holidays from all of us in print.", (sandtor,), ago(330)
    )
    life.store(old, ItemFaded(policy="unused", reason="nobody used it for 300 days"))
    copied = life.keeps("note", "Call", "Called about damaged folders.", (sandtor,), ago(13))
    life.store(copied, ItemFolded(into="item/life000001", reason="says the same as the note of that day"))
    life.merges(
        twin, sandtor, "same bank account DE02 1203 0000 0000 2020 51", "names differ by the legal form only"
    )
    life.disagrees(sandtor, "address", "Kehrwieder 9, 20457 Hamburg", "Kehrwieder 19, 20457 Hamburg")
    alike = life.meets("firm", "Sandtor Druckerei GmbH")
    life.says(alike, "phone", "+494035550100")
    life.says(alike, "email", "jana@druckerei-sandtor.example")
    anna = life.meets("person", "Anna Kern")
    life.says(anna, "email", "anna.kern@kern.example")
    vogt = life.meets("person", "Anna Kern-Vogt")
    life.says(vogt, "email", "anna.kern@vogt.example")
    life.says(anna, "phone", "+4915112345678")
    life.keeps(
        "mail",
        "An enquiry",
        "Could you look at our packing line in January?",
        (vogt,),
        ago(6),
        speaker="Anna Kern-Vogt",
    )
    return {"sandtor": sandtor, "jana": jana, "stranger": stranger, "twin": twin, "anna": anna, "vogt": vogt}
