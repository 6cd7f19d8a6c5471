"""The views: marimo notebooks served beside the company's verbs."""

from __future__ import annotations

from pathlib import Path

from starlette.types import ASGIApp

VIEWS = {"today": "today.py", "queue": "queue_view.py", "log": "log.py"}
"""Each view's file by its name; a script beside a file `queue.py` could not import the standard library's queue."""


def views_app() -> ASGIApp:
    """Return an application with each view under its name."""
    import marimo

    server = marimo.create_asgi_app(quiet=True, include_code=False)
    for name, file in VIEWS.items():
        server = server.with_app(path=f"/{name}", root=str(views_folder() / file))
    return server.build()


def views_folder() -> Path:
    """Return where the notebooks lie: beside the packages in a checkout."""
    return Path(__file__).resolve().parent.parent / "notebooks" / "views"
