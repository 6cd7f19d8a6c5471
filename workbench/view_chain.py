"""The chain of one mapping: statement line, transaction, explanation, decision, documents; each with its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from opc_kernel.sql import load_sql
from workbench.capabilities.books.matching.candidates import WEIGHTS
from workbench.company import Company
from workbench.view_figures import Cell, day, figure, figures
from workbench.view_page import Markup, counted, element, event_html, joined, money, soft, when

CHANNELS = {
    "view": "in a view",
    "cli": "on the command line",
    "excel": "in the workbook",
    "google": "in Google Sheets",
}
DIGEST_SHOWN = 16

Row = Mapping[str, Any]


def chain(company: Company, stream: str | None) -> Markup:
    """Return everything that a transaction's place in the books rests on."""
    found = company.query(load_sql("workbench", "view_chain"), stream=stream or "").dicts()
    if not found:
        return soft("Choose a line to see what it rests on.")
    row = found[0]
    documents = company.query(load_sql("workbench", "view_chain_documents"), stream=stream).dicts()
    events = _events(company, row, documents)
    steps = [
        ("Statement line", _source(row, company), _of(events, "bank_statement/")),
        ("Transaction", _transaction(row, company), _of(events, "bank_transaction/", area="bank.")),
        ("Explanation", _explanation(row), _of(events, "bank_transaction/", area="books.")),
        ("Decision", _decision(row, company), _of(events, "question/", "proposal/")),
        ("Documents", _documents(documents), _of(events, "invoice/")),
    ]
    return element(
        "article",
        element("h2", f"{day(row['booked_on'], year=True)}: {row['counterparty'] or row['text']}"),
        element(
            "ol",
            joined(_step(title, words, told, company) for title, words, told in steps if words.text),
            class_="wb-chain",
        ),
        element("p", element("a", "Whole story in the log", href=f"../log/?story={row['correlation_id']}")),
        _way_back(row),
        class_="wb-row",
    )


def _way_back(row: Row) -> Markup:
    """Say how a booking is taken back."""
    if row["state"] == "open":
        return Markup()
    key = row["stream"].partition("/")[2][:10]
    command = element("code", f'workbench books undo {key} --reason "…"')
    return element("p", "Is it wrong? ", command, " opens it again.", class_="wb-soft")


def _events(company: Company, row: Row, documents: Sequence[Row]) -> Sequence[Row]:
    streams = [row["stream"], *filter(None, [row["decision_row"], row["other_side"]])]
    return company.query(
        load_sql("workbench", "view_chain_events"),
        stream=row["stream"],
        streams=streams,
        documents=[each["stream"] for each in documents],
        statement=row["statement_stream"],
    ).dicts()


def _of(events: Sequence[Row], *streams: str, area: str = "") -> list[Row]:
    return [each for each in events if each["stream"].startswith(streams) and each["type"].startswith(area)]


def _step(title: str, words: Markup, events: Sequence[Row], company: Company) -> Markup:
    told = element(
        "details",
        element("summary", counted(len(events), "event")),
        element("ul", joined(event_html(company, event) for event in events), class_="wb-story"),
    )
    return element("li", element("h3", title), words, told if events else Markup())


def _source(row: Row, company: Company) -> Markup:
    if row["file"] is None:
        return soft("The statement it came with is not recorded.")
    place = (
        f"transaction {row['brought']} that statement {row['statement'] or 'without a number'} brought, "
        f"of {row['transactions']} in it"
    )
    return _terms(
        ("File", f"{row['file_name']} ({row['format']})"),
        ("Place", place),
        ("Received", when(row["received_at"], company)),
        ("SHA-256 of its bytes", element("code", row["file"], title=row["file"])),
    )


def _transaction(row: Row, company: Company) -> Markup:
    names = {account.id: account.name for account in company.settings.account}
    valued = row["value_on"] if row["value_on"] != row["booked_on"] else None
    return _terms(
        ("Amount", figure(row["amount"], row["currency"])),
        ("Account", str(names.get(row["account"], row["account"]))),
        ("Booked", day(row["booked_on"], year=True)),
        ("Valued", day(valued, year=True)),
        ("Who", " · ".join(part for part in (row["counterparty"], row["counterparty_account"]) if part)),
        ("It says", " · ".join(part for part in (row["text"], row["reference"]) if part)),
        ("The bank's id", row["bank_id"] or ""),
    )


def _explanation(row: Row) -> Markup:
    if row["state"] == "open":
        return element(
            "p", "It is still open: nothing explains it well enough, and you have not said what it is."
        )
    words = element("p", row["reason"] or "", class_="wb-reason")
    evidence = msgspec.json.decode(row["evidence"]) if row["evidence"] else None
    parts = [] if not evidence else [_score(evidence, row["score"])]
    off = (
        [soft(f"A difference of {money(row['difference'], row['currency'])} is booked as {row['category']}.")]
        if row["difference"]
        else []
    )
    return joined([words, *parts, *off])


def _score(evidence: Mapping[str, float], score: float) -> Markup:
    rows: list[list[Cell]] = [
        [part, f"{WEIGHTS.get(part, 0):.2f}", f"{fit:.2f}", _number(WEIGHTS.get(part, 0) * fit)]
        for part, fit in evidence.items()
    ]
    return figures(("Part", "Weight", "Fit", "Score"), rows, total=("", "", "", _number(score)))


def _number(value: float) -> Markup:
    return element("span", f"{value:.3f}", class_="wb-plus")


def _decision(row: Row, company: Company) -> Markup:
    if row["state"] == "open":
        return element("p", "None yet.")
    if row["decision_row"] is None:
        return element("p", "Nobody was asked: the bookkeeper settled it alone, for the reason above.")
    where = CHANNELS.get(row["channel"] or "", row["channel"] or "")
    return joined(
        [
            element("p", f"“{row['asked']}”"),
            _terms(
                ("Said", f"{row['decision']}" + (f": {row['note']}" if row["note"] else "")),
                ("Who", f"{row['decided_account']}, {where}"),
                ("When", "" if row["decided_at"] is None else when(row["decided_at"], company)),
                (
                    "Hash of what was shown",
                    element("code", str(row["hash"])[:DIGEST_SHOWN], title=str(row["hash"])),
                ),
            ),
        ]
    )


def _documents(documents: Sequence[Row]) -> Markup:
    if not documents:
        return Markup()
    rows: list[list[Cell]] = [
        [
            element("span", f"{each['number']} · {each['party']}", class_="wb-name"),
            f"{day(each['issued_on'])}, due {day(each['due_on'])}",
            figure(each["amount"], each["currency"]),
            figure(each["settled"], each["currency"], unknown="all"),
            figure(each["open"], each["currency"]),
        ]
        for each in documents
    ]
    return figures(("Document", "Issued", "Amount", "Settled by this", "Still open"), rows)


def _terms(*pairs: tuple[str, Cell]) -> Markup:
    shown = [(term, meaning) for term, meaning in pairs if meaning]
    return element(
        "dl",
        joined(element("div", element("dt", term), element("dd", meaning)) for term, meaning in shown),
        class_="wb-terms",
    )
