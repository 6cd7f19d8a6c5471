"""The views: marimo notebooks served beside the company's verbs."""

from __future__ import annotations

from pathlib import Path

from starlette.types import ASGIApp

VIEWS = ("today", "queue", "log")


def views_app() -> ASGIApp:
    """Return an application with each view under its name."""
    import marimo

    server = marimo.create_asgi_app(quiet=True, include_code=False)
    folder = views_folder()
    for name in VIEWS:
        server = server.with_app(path=f"/{name}", root=str(folder / f"{name}.py"))
    return server.build()


def views_folder() -> Path:
    """Return where the notebooks lie: beside the packages in a checkout."""
    return Path(__file__).resolve().parent.parent / "notebooks" / "views"
