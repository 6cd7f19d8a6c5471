"""Inputs that never leave the machine: a field marked `LOCAL_ONLY` is refused to every endpoint elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel


class _LocalOnly:
    """The mark itself."""

    def __repr__(self) -> str:
        return "LOCAL_ONLY"


LOCAL_ONLY: Final = _LocalOnly()
"""`iban: Annotated[str, LOCAL_ONLY]`: bank data, personal data."""


def local_only_fields(inputs: BaseModel) -> tuple[str, ...]:
    """Return the names of the fields that are given and marked, themselves or something in them."""
    return tuple(name for name in fields_given(inputs) if _is_marked(type(inputs), name, frozenset()))


def fields_given(inputs: BaseModel) -> tuple[str, ...]:
    """Return the names of the fields that hold something."""
    return tuple(name for name in type(inputs).model_fields if getattr(inputs, name) is not None)


def _is_marked(model: type[BaseModel], name: str, above: frozenset[type[BaseModel]]) -> bool:
    field = model.model_fields[name]
    return LOCAL_ONLY in field.metadata or _holds_marked(field.annotation, above)


def _holds_marked(annotation: Any, above: frozenset[type[BaseModel]]) -> bool:  # noqa: ANN401 - any type
    """Whether a mark stands anywhere within a type; a model that holds itself is looked at once."""
    if LOCAL_ONLY in getattr(annotation, "__metadata__", ()):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = () if annotation in above else annotation.model_fields
        return any(_is_marked(annotation, name, above | {annotation}) for name in fields)
    return any(_holds_marked(part, above) for part in _parts(annotation))


def _parts(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any type
    yield from get_args(annotation)
    yield from (aliased for aliased in (getattr(annotation, "__value__", None),) if aliased is not None)
