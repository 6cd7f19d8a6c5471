"""The views: marimo notebooks served beside the company's verbs."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

VIEWS = {
    "today": "today.py",
    "queue": "queue_view.py",
    "books": "books.py",
    "memory": "memory.py",
    "runs": "runs.py",
    "evaluation": "evaluation.py",
    "health": "health.py",
    "log": "log.py",
}
"""Each view's file by its name; a script beside a file `queue.py` could not import the standard library's queue."""


def views_app() -> Starlette:
    """Return an application with each view under its name; `close_views` ends it."""
    import marimo

    server = marimo.create_asgi_app(quiet=True, include_code=False)
    for name, file in VIEWS.items():
        server = server.with_app(path=f"/{name}", root=str(views_folder() / file))
    app = server.build()
    assert isinstance(app, Starlette), "marimo builds a Starlette application"
    return app


async def close_views(app: Starlette) -> None:
    """End every page's session: marimo leaves that to a life span that nobody starts where it is mounted."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, Starlette):
            await route.app.state.session_manager.shutdown()


def views_folder() -> Path:
    """Return where the notebooks lie: beside the packages in a checkout."""
    return Path(__file__).resolve().parent.parent / "notebooks" / "views"
