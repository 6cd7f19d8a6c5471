"""The editor: takes a draft through reading and checking to the site, and down from it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from opc_kernel.approvals.row import Option, Question, content_hash
from opc_kernel.effects.intent import Intent
from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.flow.agent import Agent, Context
from opc_kernel.flow.budget import Budget
from opc_kernel.flow.outcome import Act, Ask, Block, Cancel, Done, Outcome
from opc_kernel.flow.workflow import Step, Workflow
from opc_kernel.ids import derived_id
from workbench.capabilities.content import reviewer
from workbench.capabilities.content.announcing import announce, verify
from workbench.capabilities.content.draft import NAME as DRAFT_NAME
from workbench.capabilities.content.draft import Draft, read
from workbench.capabilities.content.events import DraftRead
from workbench.capabilities.content.rules import odd, wrong

NAME = "editor"
FOLDER = "drafts"
MAX_BYTES = 500_000
READ, CHECK, PUBLISH, TAKE_DOWN = "content.read", "content.check", "content.publish", "content.unpublish"
TELL_FIRST, VERIFY, TELL_REST = "content.announce", "content.verify", "content.announce_rest"
AS_IT_IS, CORRECTED, STOP = "publish", "again", "stop"
TEXT = "SELECT data->>'text' FROM event_now WHERE event_id = $id"
THERE = (
    "SELECT key FROM page WHERE name = $name AND state = 'published' "
    "ORDER BY mode = 'production' DESC, position DESC LIMIT 1"
)
MENDED = (
    Option(id="retry", label="I corrected it: read it again"),
    Option(id="cancel", label="Drop it"),
)


class PageAsked(BaseModel):
    """What publishing a page, and taking it down, is asked with."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        pattern=f"^{DRAFT_NAME.pattern}$",
        max_length=80,
        description="Name of the page, which is that of its draft: 'hello' is drafts/hello.md.",
    )


def named(words: str) -> Mapping[str, object]:
    """Return the page that a request names: its last word that could be one."""
    found = [each.strip("“”\"'.,!").removesuffix(".md") for each in words.lower().split()]
    names = [each.rpartition("/")[2] for each in found if DRAFT_NAME.fullmatch(each.rpartition("/")[2])]
    return {"name": names[-1]} if len(names) > 1 else {}


WORKFLOWS = (
    Workflow(
        name="content.publish",
        title="Publish a page",
        steps=(
            Step(name="read", agent=NAME, kind=READ),
            Step(name="review", agent=reviewer.NAME, kind=reviewer.REVIEW),
            Step(name="check", agent=NAME, kind=CHECK),
            Step(
                name="publish",
                agent=NAME,
                kind=PUBLISH,
                effects=("site.publish",),
                gate=True,
                rollback="Take the page down.",
            ),
            Step(
                name="announce",
                agent=NAME,
                kind=TELL_FIRST,
                effects=("mail.send",),
                gate=True,
                rollback="A letter can't be taken back: you are asked.",
            ),
            Step(name="verify", agent=NAME, kind=VERIFY),
            Step(
                name="announce_rest",
                agent=NAME,
                kind=TELL_REST,
                effects=("mail.send",),
                gate=True,
                rollback="A letter can't be taken back: you are asked.",
            ),
        ),
        inputs=PageAsked,
        asked_by=("publish",),
        read=named,
        budget=Budget(calls=1, cost="0.50"),
    ),
    Workflow(
        name="content.unpublish",
        title="Take a page down",
        steps=(Step(name="take_down", agent=NAME, kind=TAKE_DOWN, effects=("site.unpublish",), gate=True),),
        inputs=PageAsked,
        asked_by=("unpublish", "take down"),
        read=named,
    ),
)


class DraftUnreadable(KernelError):
    """A draft that can't be taken in."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{FOLDER}/{name}.md {reason}.", "Put it right, and let the task try again.")


def editor(folder: Path) -> Agent:
    """Return the agent for the drafts of the company in this folder."""
    drafts = folder / FOLDER
    return Agent(
        name=NAME,
        role="publishes pages: reads a draft, checks it, puts it on the site, tells people, takes it down",
        capability="content",
        steps={
            READ: lambda context: take_in(context, drafts),
            CHECK: lambda context: check(context, drafts),
            PUBLISH: publish,
            TELL_FIRST: lambda context: announce(context, _draft(context), first=True),
            VERIFY: lambda context: verify(context, _draft(context)),
            TELL_REST: lambda context: announce(context, _draft(context), first=False),
            TAKE_DOWN: take_down,
        },
        may_read=("draft", "effect", "event_now", "page"),
        may_write=(DraftRead.event_type,),
        may_act=("site.publish", "site.unpublish", "mail.send"),
    )


def take_in(context: Context, drafts: Path) -> Outcome:
    """Read the draft into the log: from here on it is that text, whatever happens to the file."""
    try:
        text = text_of(drafts, _name(context))
    except DraftUnreadable as error:
        return Block(reason=error.happened, tried="to read it", options=MENDED)
    return _kept(context, text)


def check(context: Context, drafts: Path) -> Outcome:
    """Look at it by rules; what is wrong stops it, what is odd is asked."""
    row = context.row
    said = row.answer if row is not None and row.state == "answered" else ""
    if row is not None and (row.state == "rejected" or said == STOP):
        return Cancel(reason="you stopped it")
    try:
        text = text_of(
            drafts, _name(context)
        )  # as it lies there now: what was corrected is what is looked at
    except DraftUnreadable as error:
        return Block(reason=error.happened, tried="to read it again", options=MENDED)
    draft = read(text)
    faults = tuple(wrong(draft, lambda file: _lies_beside(drafts, file)))
    if faults:
        name = f"{FOLDER}/{_name(context)}.md"
        return Block(
            reason=f"{name} can't be published: {faults[0]}", tried="\n".join(faults), options=MENDED
        )
    doubts = (*odd(draft), *_remarks(context))
    question = _question(context, draft, doubts) if doubts else None
    if question and not (said == AS_IT_IS and row and row.hash == content_hash(question)):
        return Ask(question=question)
    return _kept(context, text)


def publish(context: Context) -> Outcome:
    """Put it on the site, in the words that were checked."""
    name, draft, event = _name(context), _draft(context), _given(context, "check")
    return Act(
        summary=f"Publish “{draft.title}” as {name}",
        intents=(
            Intent(
                kind="site.publish",
                target=name,
                action=f"publish {name} of {context.task.plan}",
                content=draft.body,
                fields={"title": draft.title, **({"summary": draft.summary} if draft.summary else {})},
            ),
        ),
        result=f"{name} is published",
        reason=f"Read from {FOLDER}/{name}.md and checked by rules; {_told(context)}.",
        facts=(event,),
    )


def take_down(context: Context) -> Outcome:
    """Take down what was published from here under this name."""
    name = _name(context)
    there = context.company.query(THERE, name=name).one()
    if there is None and not context.effects:
        return Cancel(reason=f"no page {name} was published from here")
    key = there["key"] if there else ""
    return Act(
        summary=f"Take {name} down from the site",
        intents=(
            Intent(
                kind="site.unpublish",
                target=name,
                action=f"unpublish {name} as {key}",
                fields={"page": key},
            ),
        ),
        result=f"{name} is taken down",
        reason="You asked for it.",
        facts=(context.task.trigger,),
    )


def text_of(drafts: Path, name: str) -> str:
    """Return a draft's text. Raises DraftUnreadable."""
    path = drafts / f"{name}.md"
    try:
        if path.is_symlink() or not path.is_file():
            raise DraftUnreadable(name, "is not there")
        content = path.read_bytes()
    except OSError as error:
        raise DraftUnreadable(name, f"can't be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise DraftUnreadable(name, f"has {len(content):,} bytes, more than {MAX_BYTES:,}")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise DraftUnreadable(name, "is no UTF-8 text") from None


def _lies_beside(drafts: Path, file: str) -> bool:
    path = drafts / file
    return path.is_file() and path.resolve().is_relative_to(drafts.resolve())


def _kept(context: Context, text: str) -> Done:
    """Keep the text under an id of its own: a page published twice is two readings."""
    name, digest = _name(context), hashlib.sha256(text.encode()).hexdigest()
    stream, event_id = f"draft/{name}", derived_id(context.task.plan or context.task.stream, digest)
    output: dict[str, JsonValue] = {"draft": event_id}
    if _given(context, "read") == event_id:
        return Done(result=f"{name} is as it was read", output=output)
    data = DraftRead(name=name, digest=digest, text=text)
    write = Write(stream=stream, event_id=event_id, data=data, actor=NAME)
    return Done(result=f"{name} is read", writes=(write,), expected={stream: ANY_VERSION}, output=output)


def _question(context: Context, draft: Draft, doubts: tuple[str, ...]) -> Question:
    lines = [*doubts, f"Checked by rules; {_told(context)}."]
    lines += [f"You asked: “{context.asked_back}”. This is all I know."] if context.asked_back else []
    return Question(
        summary=f"“{draft.title}” is odd: {doubts[0]}. Publish it?",
        reason="\n".join(lines),
        facts=(_given(context, "read"),),
        risk="medium",
        options=(
            Option(id=AS_IT_IS, label="publish it as it is"),
            Option(id=CORRECTED, label="I corrected the draft: read it again"),
            Option(id=STOP, label="don't publish it"),
        ),
    )


def _remarks(context: Context) -> tuple[str, ...]:
    review = context.task.inputs.get("review")
    remarks = review.get("remarks") if isinstance(review, dict) else None
    return tuple(str(each) for each in remarks) if isinstance(remarks, list) else ()


def _told(context: Context) -> str:
    review = context.task.inputs.get("review")
    return str(review.get("told")) if isinstance(review, dict) and "told" in review else "no model was used"


def _draft(context: Context) -> Draft:
    return read(_text(context, _given(context, "check")))


def _text(context: Context, event: str) -> str:
    rows = context.company.query(TEXT, id=event).rows
    if not rows or rows[0][0] is None:
        raise DraftUnreadable(_name(context), "was read, and is erased since")
    return str(rows[0][0])


def _given(context: Context, step: str) -> str:
    """Return the id under which an earlier step kept the draft."""
    output = context.task.inputs.get(step)
    return str(output.get("draft", "")) if isinstance(output, dict) else ""


def _name(context: Context) -> str:
    return str(context.task.inputs["name"])
