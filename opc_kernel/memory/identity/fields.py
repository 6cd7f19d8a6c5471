"""The fields that persons and firms are compared by, with the weights one expects in a small company's address book."""

from __future__ import annotations

from collections.abc import Mapping

from opc_kernel.memory.identity import alignment
from opc_kernel.memory.identity.alignment import best, written
from opc_kernel.memory.identity.exact_id import ExactId
from opc_kernel.memory.identity.field import Bearing, Field, levels
from opc_kernel.memory.identity.record import Kind, Record

PROVES, AGREES, HINTS = Bearing.PROVES, Bearing.AGREES, Bearing.HINTS
CONTRADICTS, CHANGED = Bearing.CONTRADICTS, Bearing.CHANGED

ACCOUNTS = frozenset(("iban",))
FIRM_IDS = frozenset(("vat", "register", "lei", "duns"))
"""Ids that all who work at a firm share."""


def _ids_of(record: Record) -> tuple[ExactId, ...]:
    """Return the ids that are this one's alone."""
    shared = ACCOUNTS | (FIRM_IDS if record.kind == "person" else frozenset())
    return tuple(each for each in record.ids if each.kind not in shared)


def _accounts_of(record: Record) -> tuple[ExactId, ...]:
    return tuple(each for each in record.ids if each.kind in ACCOUNTS)


MAILBOX: Field[Record] = Field(
    name="mailbox",
    compare=lambda left, right: best(left.emails, right.emails, alignment.emails),
    values=lambda record: written(record.emails),
    levels=levels(
        ("same e-mail", 0.50, 1e-6, PROVES),
        ("same shared mailbox", 0.08, 2e-3, HINTS),
        ("same name before the @", 0.08, 5e-4, HINTS),
        ("same e-mail domain", 0.12, 1e-2, HINTS),
        ("other e-mail", 0.22, 0.987, HINTS),
    ),
)
PHONE: Field[Record] = Field(
    name="phone",
    compare=lambda left, right: best(left.phones, right.phones, alignment.phones),
    values=lambda record: written(record.phones),
    levels=levels(
        ("same mobile phone", 0.45, 1e-5, AGREES),
        ("same phone, which others may share", 0.25, 1e-3, AGREES),
        ("other phone", 0.30, 0.999, HINTS),
    ),
)
STREET: Field[Record] = Field(
    name="street",
    compare=lambda left, right: best(left.addresses, right.addresses, alignment.streets),
    values=lambda record: written(record.addresses),
    levels=levels(
        ("same street and house", 0.70, 1e-3, AGREES),
        ("same street, other house", 0.06, 2e-3, HINTS),
        ("street is alike", 0.06, 5e-3, HINTS),
        ("other street", 0.18, 0.992, HINTS),
    ),
)
PLACE: Field[Record] = Field(
    name="place",
    compare=lambda left, right: best(left.addresses, right.addresses, alignment.places),
    values=lambda record: written(each.place or each.postcode for each in record.addresses),
    levels=levels(
        ("same place", 0.78, 0.03, HINTS),
        ("place agrees in part", 0.12, 0.03, HINTS),
        ("other place", 0.10, 0.94, HINTS),
    ),
)
OWN_ID: Field[Record] = Field(
    name="id",
    is_individual=True,
    compare=lambda left, right: best(_ids_of(left), _ids_of(right), alignment.ids),
    values=lambda record: written(_ids_of(record)),
    levels=levels(
        ("same id", 0.94, 1e-6, PROVES),
        ("id differs in one digit", 0.04, 1e-5, HINTS),
        ("different id", 0.02, 0.999989, CONTRADICTS),
    ),
)
ACCOUNT: Field[Record] = Field(
    name="account",
    compare=lambda left, right: best(_accounts_of(left), _accounts_of(right), alignment.ids),
    values=lambda record: written(_accounts_of(record)),
    levels=levels(
        ("same bank account", 0.60, 5e-5, AGREES),
        ("account differs in one digit", 0.01, 5e-5, HINTS),
        ("other bank account", 0.39, 0.9999, HINTS),
    ),
)
NAME: Field[Record] = Field(
    name="name",
    is_individual=True,
    compare=lambda left, right: best(left.names, right.names, alignment.names),
    values=lambda record: written(record.names),
    levels=levels(
        ("same name", 0.72, 5e-5, AGREES),
        ("same name, written otherwise", 0.09, 3e-4, AGREES),
        ("name differs in one letter", 0.07, 1e-4, AGREES),
        ("name is alike", 0.03, 1e-3, HINTS),
        ("one name is the same, the other is not known", 0.04, 6e-3, HINTS),
        ("same family name, other first name", 0.01, 5e-3, CONTRADICTS),
        ("same first name, other family name", 0.02, 1e-2, CHANGED),
        ("other name", 0.02, 0.97755, CONTRADICTS),
    ),
)
BIRTHDAY: Field[Record] = Field(
    name="birthday",
    is_individual=True,
    compare=lambda left, right: alignment.birthdays(left.birthday, right.birthday),
    values=lambda record: record.birthday,
    levels=levels(
        ("same birthday", 0.93, 7e-5, AGREES),
        ("birthday differs in one digit", 0.05, 1e-3, HINTS),
        ("different birthday", 0.02, 0.99893, CONTRADICTS),
    ),
)
EMPLOYER: Field[Record] = Field(
    name="firm",
    compare=lambda left, right: best(left.firms, right.firms, alignment.firms),
    values=lambda record: written(record.firms),
    levels=levels(
        ("same firm", 0.55, 0.01, AGREES),
        ("firm differs in one letter", 0.04, 1e-3, HINTS),
        ("same firm's name, other legal form", 0.03, 1e-3, HINTS),
        ("firm is alike", 0.08, 0.01, HINTS),
        ("other firm", 0.30, 0.978, HINTS),
    ),
)
FIRM: Field[Record] = Field(
    name="firm",
    is_individual=True,
    compare=lambda left, right: best(left.firms, right.firms, alignment.firms),
    values=lambda record: written(record.firms),
    levels=levels(
        ("same firm's name", 0.70, 1e-4, AGREES),
        ("firm's name differs in one letter", 0.06, 1e-4, AGREES),
        ("same firm's name, other legal form", 0.03, 1e-4, CONTRADICTS),
        ("firm's name is alike", 0.14, 5e-3, HINTS),
        ("other firm's name", 0.07, 0.9947, CONTRADICTS),
    ),
)
FIRM_MAILBOX: Field[Record] = Field(
    name="mailbox",
    compare=MAILBOX.compare,
    values=MAILBOX.values,
    levels=levels(
        ("same e-mail", 0.40, 2e-5, AGREES),
        ("same shared mailbox", 0.25, 2e-5, AGREES),
        ("same name before the @", 0.02, 2e-3, HINTS),
        ("same e-mail domain", 0.15, 1e-3, AGREES),
        ("other e-mail", 0.18, 0.997, HINTS),
    ),
)

FIELDS: Mapping[Kind, tuple[Field[Record], ...]] = {
    "person": (NAME, BIRTHDAY, OWN_ID, MAILBOX, PHONE, STREET, PLACE, EMPLOYER, ACCOUNT),
    "firm": (FIRM, OWN_ID, FIRM_MAILBOX, PHONE, STREET, PLACE, ACCOUNT),
}
