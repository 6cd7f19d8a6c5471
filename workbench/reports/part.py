"""A part of a report: it looks right where no style sheet reaches, light and dark, and reads right as plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from opc_kernel.errors import KernelError
from workbench.reports.dress import dressed
from workbench.reports.plain import plain_text
from workbench.view_page import Markup, element, joined, problem

P = ParamSpec("P")
Of = TypeVar("Of")


@dataclass(frozen=True, slots=True)
class Part:
    """Some Markup as a notebook shows it; it asks for nothing from anywhere and holds no link that leads nowhere."""

    made: Markup

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own signature
        return {"text/html": dressed(self.made), "text/plain": str(self)}

    def __str__(self) -> str:
        return plain_text(self.made)


def part(
    make: Callable[Concatenate[Of, P], Markup],
) -> Callable[Concatenate[Of, P], Part]:
    """Let a method of a report give a Part; what can't be asked is told in its place, and the rest goes on."""

    @wraps(make)
    def made(of: Of, /, *args: P.args, **named: P.kwargs) -> Part:
        try:
            return Part(make(of, *args, **named))
        except KernelError as error:
            return Part(problem(error))

    return made


def titled(title: str, *parts: Markup) -> Markup:
    """Return a section under its title."""
    return element("section", element("h2", title), joined(parts))
