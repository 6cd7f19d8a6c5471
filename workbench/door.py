"""The door: a company's verbs and views over HTTP; requests come in as there are places for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import get_args

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from opc_kernel.errors import KernelError
from opc_kernel.log.durable import DurableLog
from workbench import wire
from workbench.company import Company
from workbench.composition import registry
from workbench.guard import Guard
from workbench.verbs import Lane, Verb, Verbs
from workbench.views import close_views

PLACES: dict[Lane, int] = {"append": 32, "question": 16, "upkeep": 2}
"""So many requests of a lane are read and answered at a time; the bytes of the others wait where they are."""
LARGE_BYTES = 2**20
MAX_BODY_BYTES = 600 * 2**20
"""More than an append may have; larger ones than LARGE_BYTES are taken one at a time."""
BODY_S = 60.0
"""How long a request may take to arrive: a client that is stopped in the middle must not keep its place."""


def create_app(
    company: Company,
    token: str,
    *,
    host: str,
    pages: Starlette | None,
    give_way: Callable[[], None] | None = None,
    metrics: Callable[[], bytes] | None = None,
) -> ASGIApp:
    """Return the application; `host` is the only name it answers to, such as 127.0.0.1:8765.

    `give_way` ends a server that is there for its clients alone; `metrics` answers at /metrics.
    """
    assert isinstance(company.log, DurableLog), "only the process that holds the folder serves it"
    log = company.log
    door = _Door(Verbs(company.folder, log, registry(), company.recaller).table())

    async def health(_: Request) -> Response:
        if log.closed:
            return Response(status_code=503)
        return _json({"company": log.company_id, "protocol": wire.PROTOCOL, "position": log.tail.position})

    async def measured(_: Request) -> Response:
        assert metrics is not None, "the route stands only where it is answered"
        return Response(await run_in_threadpool(metrics), media_type="text/plain; version=0.0.4")

    async def giving_way(_: Request) -> Response:
        if give_way is not None:
            give_way()
        return _json({"gives_way": give_way is not None})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if pages is not None:
            await close_views(pages)

    async def home(_: Request) -> Response:
        return RedirectResponse("/today/")

    routes = [
        Route("/api/health", health),
        Route("/api/give_way", giving_way, methods=["POST"]),
        Route("/api/{verb}", door.call, methods=["POST"]),
        *([Route("/metrics", measured)] if metrics is not None else []),
        *([Route("/", home), Mount("/", pages)] if pages is not None else []),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), token=token, host=host)


class _Door:
    """Lets requests in as there are places, and answers them."""

    def __init__(self, verbs: dict[str, Verb]) -> None:
        self._verbs = verbs
        self._places = {lane: asyncio.Semaphore(PLACES[lane]) for lane in get_args(Lane)}
        self._large = asyncio.Semaphore(1)

    async def call(self, request: Request) -> Response:
        """Answer one request; nothing of its body is read before there is a place for it."""
        verb = self._verbs.get(request.path_params["verb"])
        if verb is None:
            return _refused(UNKNOWN_VERB, status=404)
        async with self._places[verb.lane]:
            if _length(request) <= LARGE_BYTES:
                return await _answered(verb, request)
            async with self._large:
                return await _answered(verb, request)


async def _answered(verb: Verb, request: Request) -> Response:
    try:
        async with asyncio.timeout(BODY_S):
            body = await _body(request)
    except ValueError:
        return _refused(TOO_LARGE, status=413)
    except TimeoutError:
        return _refused(TOO_SLOW, status=408)
    try:
        return _raw(await run_in_threadpool(verb.answer, body))
    except KernelError as error:
        return _json(wire.pack_error(error), status=409)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        return _refused(NOT_UNDERSTOOD, status=400)
    except OSError as error:
        return _refused(_of_the_machine(error), status=500)


UNKNOWN_VERB = {
    "happened": "The server has no such verb.",
    "todo": "Start 'workbench up' again with this release.",
}
TOO_LARGE = {"happened": "The request is larger than the server takes.", "todo": "Split it."}
TOO_SLOW = {"happened": "The request did not arrive within its time.", "todo": "Try again."}
NOT_UNDERSTOOD = {"happened": "The request was not understood.", "todo": "Use a client of this release."}


def _of_the_machine(error: OSError) -> dict[str, str]:
    return {
        "happened": f"{error.filename or 'The machine'}: {error.strerror or type(error).__name__}.",
        "todo": "Check the file and the disk, then try again; what was acknowledged is stored.",
    }


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ValueError("too large")
    return bytes(body)


def _length(request: Request) -> int:
    """Return how many bytes a request announces; one that does not say counts as large."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else LARGE_BYTES + 1


def _json(value: object, *, status: int = 200) -> Response:
    return _raw(wire.encode(value), status=status)


def _refused(facts: dict[str, str], *, status: int) -> Response:
    return _json({"error": "KernelError", "facts": facts}, status=status)


def _raw(content: bytes, *, status: int = 200) -> Response:
    return Response(content, status_code=status, media_type="application/json")
