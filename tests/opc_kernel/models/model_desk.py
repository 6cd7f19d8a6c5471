"""A company whose only furniture is a model that follows a script, and prompts in two lines."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from opc_kernel import contents
from opc_kernel.event import Registry
from opc_kernel.log.durable import DurableLog
from opc_kernel.models.local_only import LOCAL_ONLY
from opc_kernel.models.models import Models
from opc_kernel.models.port import Use
from opc_kernel.models.prompt import Inputs, Prompt
from opc_kernel.models.settings import ModelSettings
from opc_kernel.testing import FrozenClock, ScriptedModel

HERE = {"endpoint": "http://127.0.0.1:11434/v1", "model": "tiny"}
AWAY = {"endpoint": "https://api.example.com/v1", "model": "clever", "price_in": "1", "price_out": "10"}
TOP = "---\nversion: {version}\npurpose: mail.draft\ntier: small\n---\n{body}\n"


class Mail(Inputs):
    mail: str
    iban: Annotated[str | None, LOCAL_ONLY] = None


class Verdict(BaseModel):
    label: str
    when: date | None = None


def draft(body="Draft a reply.", *, version=1):
    return Prompt.of(TOP.format(version=version, body=body), "here", name="draft", inputs=Mail, output=str)


def label(body="Label this mail."):
    return Prompt.of(TOP.format(version=1, body=body), "here", name="label", inputs=Mail, output=Verdict)


class Desk:
    """`script` is what the model answers; further names are what the settings say under [models]."""

    def __init__(self, folder, *script, **settings):
        self.clock = FrozenClock()
        self.log = open_log(folder, self.clock)
        self.scripted = ScriptedModel(*(script or ("Dear customer, …",)))
        self.settings = ModelSettings.model_validate({"small": HERE, **settings})
        self.held = None
        self.models = Models(
            self.log,
            self.scripted,
            self.clock,
            self.settings,
            zone=ZoneInfo("Europe/Berlin"),
            held=lambda: self.held,
        )

    def text(self, mail="Hello?", *, prompt=None, task="task/1", iban=None, capability="mail", **more):
        given = {name: more.pop(name) for name in ("tier", "fresh") if name in more}
        use = Use(capability=capability, task=task, **more)
        return self.models.text(prompt or draft(), Mail(mail=mail, iban=iban), use=use, **given)

    def answer(self, mail="Hello?", *, prompt=None, task="task/1"):
        use = Use(capability="mail", task=task)
        return self.models.answer(prompt or label(), Mail(mail=mail), use=use)

    def calls(self, columns="*"):
        return self.log.query(f"SELECT {columns} FROM model_call ORDER BY asked_position").dicts()

    def states(self):
        return [call["state"] for call in self.calls("state, asked_position")]

    def types(self):
        return [event.type for event in self.log.read()]


def open_log(folder, clock):
    return DurableLog(
        folder,
        Registry(contents.EVENTS),
        read_models=contents.READ_MODELS,
        views=contents.VIEWS,
        clock=clock,
    )
