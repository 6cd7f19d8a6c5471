"""The jobs and their runs as a widget: what ran and what is due, a run chosen, and one click to run or to go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from opc_kernel.errors import KernelError
from workbench import view_runs as view
from workbench.company import Company
from workbench.view_page import data_version
from workbench.view_run_lanes import lanes
from workbench.widgets.script import file_text, script


class RunsWidget(anywidget.AnyWidget):
    """What `view_runs` lists; `selected` is the run that the operator chose."""

    _esm = script("runs.js")
    look = traitlets.Unicode(file_text("runs.css")).tag(sync=True)
    """Its style, which it brings along itself: marimo does not always take over `_css`."""

    jobs: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    runs: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    told: traitlets.List[str] = traitlets.List().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    """SVG that was made here, every text in it escaped."""
    said: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, company: Company, *, selected: str | None = None) -> None:
        self._company = company
        self._shown = self._standing = ""
        super().__init__(selected=selected or "")
        self._show()
        self._stand()
        self.observe(self._stand, "selected")
        self.on_msg(self._asked)

    def watch(self) -> bool:
        """Show what is new; what has not changed stays as it is. Return whether the chosen run has moved on."""
        before = self._standing
        if self._shown != self._now() or any(run["state"] == "running" for run in self.runs):
            self._show()
        self.told = view.told(self._company)
        self._stand()
        return self._standing != before

    def _show(self) -> None:
        company, self._shown = self._company, self._now()
        with self.hold_sync():
            self.jobs, self.runs = view.jobs(company), view.runs(company)
            self.told, self.picture = view.told(company), lanes(company).text

    def _now(self) -> str:
        return f"{data_version(self._company)} {self._company.today}"

    def _stand(self, _: object = None) -> None:
        self._standing = view.standing(self._company, self.selected)

    def _asked(self, _: object, content: Mapping[str, Any], __: object) -> None:
        """Do what a button says; whatever goes wrong is said there."""
        try:
            message, accepted = self._done(content), True
        except KernelError as error:
            message, accepted = str(error), False
        if message:
            self.said = {"message": message, "accepted": accepted, "number": self.said.get("number", 0) + 1}
            self._show()

    def _done(self, content: Mapping[str, Any]) -> str:
        match content:
            case {"do": "run", "job": str(name), "mode": "sandbox" | "production" as mode}:
                return view.run_now(self._company, name, mode)
            case {"do": "go on", "run": str(run)}:
                return view.go_on(self._company, run)
            case {"do": "anew", "run": str(run)}:
                return view.anew(self._company, run)
        return ""
