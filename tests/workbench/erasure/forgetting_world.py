"""A company that gets mails and makes notes, so that there is somebody to forget; and a search for what is left."""

import io
import json
import shutil
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from shop import Shop

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import new_id
from opc_kernel.memory.capture import Capture, Keeps, Says, Who
from opc_kernel.memory.profile import find_entity, profile
from opc_kernel.text import Text
from workbench import composition
from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted
from workbench.memory import captures

sys.path.insert(0, str(Path(__file__).parents[2] / "opc_kernel" / "memory" / "recall"))


class MailCame(EventData, type="test.mail_came"):
    """Somebody wrote."""

    name: Text
    email: str
    phone: str = ""
    firm: Text = ""
    about: Text = ""
    text: Text
    contact: bool = False


class NoteMade(EventData, type="test.note_made"):
    """The operator noted something about some people, the first of whom it is about."""

    about: tuple[str, ...]
    text: Text


def mail(source):
    data = source.data
    identifiers = {name: value for name, value in (("email", data.email), ("phone", data.phone)) if value}
    sender = Who(kind="person", name=data.name, identifiers=identifiers)
    firm = (Who(kind="firm", name=data.firm),) if data.firm else ()
    is_of_firm = (Says(who=sender, predicate="works_at", value=data.firm),) if firm else ()
    is_contact = (Says(who=firm[0], predicate="contact", value=data.name),) if data.contact else ()
    kept = Keeps(kind="mail", title=data.about, text=data.text, speaker=data.name, about=(sender, *firm))
    return (kept, *is_of_firm, *is_contact)


def note(source):
    people = tuple(Who(kind="person", name=name) for name in source.data.about)
    return (Keeps(kind="note", text=source.data.text, about=people),)


class Office(Shop):
    """A shop with mails and notes."""

    def mail(self, name, text, *, email="", at=None, **more):
        address = email or f"{name.lower().replace(' ', '.')}@example.org"
        return self.tells("mail", MailCame(name=name, email=address, text=text, **more), at)

    def note(self, text, *about, at=None):
        return self.tells("note", NoteMade(about=about, text=text), at)

    def tells(self, category, data, at):
        key = new_id()
        write = Write(stream=f"{category}/{key}", data=data, actor="me", event_id=key, occurred_at=at)
        self.company.append([write], expected={write.stream: NEW_STREAM})
        self.company.remember()
        return key

    def entity(self, name):
        return find_entity(self.company, name)

    def names(self):
        return sorted(name for (name,) in self.ask("SELECT name FROM entity"))

    def profile(self, name):
        return profile(self.company, self.entity(name))

    def wanted(self, name, **more):
        return Wanted(entities=(self.entity(name),), **more)

    def preview(self, name, **more):
        return preview_erasure(self.company, self.wanted(name, **more))

    def forget(self, name, **more):
        wanted = self.wanted(name, **more)
        shown = preview_erasure(self.company, wanted)
        return erase_payload(self.company, wanted, confirmed=shown.hash, policy="request")


@pytest.fixture
def office(blank, tmp_path, monkeypatch):
    """Return a company that hears from people."""
    monkeypatch.setattr(composition, "EVENTS", (*composition.EVENTS, MailCame, NoteMade))
    more = (Capture(event=MailCame, observe=mail), Capture(event=NoteMade, observe=note))
    monkeypatch.setattr(captures, "CAPTURES", (*captures.CAPTURES, *more))
    shutil.copytree(blank, tmp_path / "acme")
    made = Office(tmp_path / "acme")
    yield made
    made.company.close()


def where(folder, *texts):
    """Return the files of a folder in which any of the texts stands, in any spelling, in zips as well."""
    spellings = {spelling for text in texts for spelling in spelled(text)}
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _holds(path.read_bytes(), spellings)
    ]


def spelled(text):
    for each in (text, json.dumps(text)[1:-1], text.replace("&", "&amp;")):
        for encoding in ("utf-8", "cp1252", "utf-16-le", "utf-16-be"):
            with suppress(UnicodeEncodeError):
                yield each.encode(encoding).lower()


def _holds(content, spellings):
    lower = content.lower()
    if any(each in lower for each in spellings):
        return True
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as packed:
        return any(_holds(packed.read(name), spellings) for name in packed.namelist())
    return False
