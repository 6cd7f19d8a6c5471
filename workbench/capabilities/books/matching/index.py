"""Open documents, found by amount, number or party: nothing is compared with everything."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from workbench.capabilities.books.matching import names, references
from workbench.capabilities.books.matching.document import Direction, Document, Payment

MAX_PARTY = 60
"""Documents of parties of one name that are looked at; the oldest are paid first."""
FEW = 50
"""Parties are looked up by the rarest word of a payer's name, and by the next one where so few bear it."""
_Amount: TypeAlias = tuple[Decimal, str, Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What may have to do with a payment. `elsewhere` are numbers it names that are not open: paid, or of others."""

    named: tuple[Document, ...]
    same_amount: tuple[Document, ...]
    of_party: tuple[Document, ...]
    elsewhere: tuple[str, ...]


class Documents:
    """The open documents of a company, and every number it ever used. `aliases` maps what payers call themselves."""

    def __init__(
        self,
        documents: Iterable[Document] = (),
        aliases: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.aliases = aliases or {}
        self._by_number: dict[str, list[Document]] = defaultdict(list)
        self._by_token: dict[str, set[str]] = defaultdict(set)
        self._by_party: dict[str, list[Document]] = defaultdict(list)
        self._by_amount: dict[tuple[int, str], list[_Amount]] = defaultdict(list)
        self._documents: dict[str, Document] = {}
        self._parties: dict[Direction, set[str]] = {"in": set(), "out": set()}
        self._numbers: dict[str, str] = {}
        for document in documents:
            self.put(document)

    def know(self, number: str) -> None:
        """Remember a number, whether its document is open or not."""
        self._numbers[references.key(number)] = number

    def put(self, document: Document) -> None:
        """Add a document, or let it take the place of what it was before; one without an open amount goes."""
        self._remove(document.stream)
        self.know(document.number)
        self._parties[document.direction].add(document.party)
        for token in names.tokens(document.party):
            self._by_token[token].add(document.party)
        if not document.open:
            return
        self._documents[document.stream] = document
        self._by_number[references.key(document.number)].append(document)
        self._by_party[document.party].append(document)
        insort(self._amounts(document), _by_amount(document), key=lambda each: each[:2])

    def _remove(self, stream: str) -> None:
        known = self._documents.pop(stream, None)
        if known is not None:
            self._by_number[references.key(known.number)].remove(known)
            self._by_party[known.party].remove(known)
            amounts = self._amounts(known)
            del amounts[bisect_left(amounts, (known.open, known.stream), key=lambda each: each[:2])]

    def _amounts(self, document: Document) -> list[_Amount]:
        return self._by_amount[document.flow, document.currency]

    def about(self, payment: Payment) -> Found:
        """Return what may have to do with a payment, each group in the order of issue."""
        keys = references.keys_in(payment.words)
        keys.discard("")
        of_party = self._of_party(payment)
        named = [document for key in keys for document in self._by_number.get(key, ())]
        named += [] if named else _in_short(payment, of_party)
        open_keys = {references.key(document.number) for document in named}
        elsewhere = sorted({self._numbers[key] for key in keys - open_keys if key in self._numbers})
        return Found(
            named=_in_order(named),
            same_amount=_in_order(self.between(payment, abs(payment.amount), abs(payment.amount))),
            of_party=_in_order(of_party)[:MAX_PARTY],
            elsewhere=tuple(elsewhere),
        )

    def between(self, payment: Payment, least: Decimal, most: Decimal) -> list[Document]:
        """Return the documents of a payment's direction and currency whose open amount lies there."""
        known = self._by_amount.get((payment.flow, payment.currency), [])
        first = bisect_left(known, least, key=lambda each: each[0])
        last = bisect_right(known, most, key=lambda each: each[0])
        return [document for _, _, document in known[first:last]]

    def short_of(self, payment: Payment, most: Decimal) -> list[Document]:
        """Return the documents that ask at most so much more than was paid, of parties not quite unlike the payer."""
        paid = abs(payment.amount)
        words = names.tokens(payment.counterparty)
        return [
            document
            for document in self.between(payment, paid, paid + most)
            if words & names.tokens(document.party) and self.likeness(payment, document.party) >= names.ODD
        ]

    def likeness(self, payment: Payment, party: str) -> float:
        """How alike payer and party are; 1 where the operator has said that they are the same."""
        if party in self.aliases.get(names.plain(payment.counterparty), frozenset()):
            return 1.0
        return names.alike(payment.counterparty, party)

    def knows_party(self, payment: Payment) -> bool:
        """Whether the payer is one that invoices, bills or credit notes are of: one may come yet."""
        return bool(self._same(payment))

    def comes_back(self, payment: Payment) -> bool:
        """Whether money goes to a customer, or comes from a supplier: no rule for usual payments is meant for that."""
        return bool(self._same(payment) & self._parties["out" if payment.amount < 0 else "in"])

    def _of_party(self, payment: Payment) -> list[Document]:
        return [document for party in self._same(payment) for document in self._by_party.get(party, ())]

    def _same(self, payment: Payment) -> set[str]:
        """Return the parties that the payer clearly is, looked up by the rarest words of its name."""
        known = [
            self._by_token[token] for token in names.tokens(payment.counterparty) if token in self._by_token
        ]
        rarest, *next_rarest = sorted(known, key=len)[:2] or [set()]
        found = {
            party
            for party in rarest.union(*(each for each in next_rarest if len(each) <= FEW))
            if names.alike(payment.counterparty, party) >= names.CLEAR
        }
        return found | self.aliases.get(names.plain(payment.counterparty), frozenset())


def _in_short(payment: Payment, of_party: Sequence[Document]) -> list[Document]:
    """Return what a payer names in short: of his own documents, such a form can mean but one."""
    forms = references.short_forms_in(payment.words)
    return [each for each in of_party if forms & references.short_forms(each.number)] if forms else []


def _by_amount(document: Document) -> _Amount:
    return document.open, document.stream, document


def _in_order(documents: Sequence[Document]) -> tuple[Document, ...]:
    unique = {document.stream: document for document in documents}
    return tuple(sorted(unique.values(), key=lambda each: (each.issued_on, each.number, each.stream)))
