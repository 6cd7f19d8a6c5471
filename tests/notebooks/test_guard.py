"""The guard: nothing behind any route of the running server is seen without the token, or from elsewhere."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator

import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from workbench.company import own_company
from workbench.door import create_app
from workbench.founding import found
from workbench.guard import COOKIE, REFUSED
from workbench.views import views_app

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
INTRUDERS = {
    "no token": lambda served: {},
    "a wrong cookie": lambda served: {"Cookie": f"{COOKIE}-{served.port}=wrong"},
    "a broken cookie": lambda served: {"Cookie": f'{COOKIE}-{served.port}="; =;;[]'},
    "a wrong bearer": lambda served: {"Authorization": "Bearer wrong"},
    "the token of another scheme": lambda served: {"Authorization": f"Basic {served.token}"},
    "another company's cookie": lambda served: {"Cookie": f"{COOKIE}-1={served.token}"},
    "a foreign host": lambda served: {**key(served), "Host": "evil.example"},
    "a foreign host with our port": lambda served: {**key(served), "Host": f"evil.example:{served.port}"},
    "the machine's other name": lambda served: {**key(served), "Host": f"localhost:{served.port}"},
    "a foreign origin": lambda served: {**key(served), "Origin": "http://evil.example"},
    "an origin on another port": lambda served: {**key(served), "Origin": "http://127.0.0.1:1"},
    "a page that has no origin": lambda served: {**key(served), "Origin": "null"},
    "a foreign page": lambda served: {**key(served), **FOREIGN},
    "another program on this machine": lambda served: {
        **key(served),
        **FOREIGN,
        "Sec-Fetch-Site": "same-site",
    },
}


SHORT = [("/", "/today/"), ("/today", "/today/"), ("/queue", "/queue/"), ("/log", "/log/")]


def key(served) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}-{served.port}={served.token}"}


def knock(served, method: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """Send one request exactly as given, its body read."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{served.port}", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    response.body = response.read() if response.status != 101 else b""
    connection.close()
    return response


@pytest.fixture(scope="module")
def doors(tmp_path_factory, runtime) -> list[tuple[str, str]]:
    """Every route of the application, as method and path; WS for a WebSocket."""
    folder = tmp_path_factory.mktemp("doors") / "company"
    found(folder, demo=False)
    with own_company(folder) as company:
        app = create_app(company, "token", host="127.0.0.1:1", pages=views_app())
        return sorted(set(_doors(app._app.routes, "")))


def _doors(routes, prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        path = prefix + route.path.replace("{", "").replace("}", "").replace(":path", "")
        match route:
            case Mount():
                yield "GET", f"{path}/"
                yield from _doors(route.routes, path.rstrip("/"))
            case WebSocketRoute():
                yield "WS", path
            case Route():
                yield from ((method, path) for method in route.methods or ("GET", "POST"))
            case _:
                raise AssertionError(f"{route!r} is a kind of route this test does not know")


def test_the_routes_are_all_there(doors):
    """So that a change in marimo that hides its routes from this test is noticed."""
    assert {("POST", "/api/verb"), ("GET", "/api/health"), ("GET", "/")} <= set(doors)
    for view in ("today", "queue", "log"):
        assert {("WS", f"/{view}/ws"), ("POST", f"/{view}/api/kernel/run"), ("GET", f"/{view}/")} <= set(
            doors
        )
    assert len(doors) > 100


@pytest.mark.parametrize("intruder", INTRUDERS)
def test_every_door_is_shut(served, doors, intruder):
    headers = INTRUDERS[intruder](served)
    let_in = []
    for method, path in doors:
        way = ("GET", path, {**UPGRADE, **headers}) if method == "WS" else (method, path, headers)
        response = knock(served, *way)
        refused = response.status == (403 if method == "WS" else 401)
        if not refused or (method not in ("WS", "HEAD") and response.body.decode() != REFUSED):
            let_in.append((method, path, response.status))
    assert let_in == []


def test_the_token_in_the_address_opens_no_websocket(served):
    assert knock(served, "GET", f"/today/ws?session_id=s_1&token={served.token}", UPGRADE).status == 403


def test_who_has_the_key_comes_in(served):
    assert knock(served, "GET", "/api/health", key(served)).status == 200
    assert knock(served, "GET", "/api/health", {"Authorization": f"Bearer {served.token}"}).status == 200
    assert knock(served, "GET", "/today/ws?session_id=s_1", {**UPGRADE, **key(served)}).status == 101
    came_by_link = {**key(served), "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert knock(served, "GET", "/today/", came_by_link).status == 200


def test_the_link_becomes_a_cookie_that_no_script_reads(served):
    response = knock(served, "GET", f"/today/?token={served.token}&row=question%2F1", {})

    assert (response.status, response.headers["location"]) == (303, "/today/?row=question%2F1")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}-{served.port}={served.token};")
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))


def test_the_link_leads_nowhere_else(served):
    assert (
        knock(served, "GET", f"//evil.example/?token={served.token}", {}).headers["location"]
        == "/evil.example/"
    )


@pytest.mark.parametrize(("path", "target"), SHORT)
def test_a_short_address_leads_to_its_page(served, path, target):
    response = knock(served, "GET", path, key(served))

    assert response.status in (301, 307)
    assert response.headers["location"] in (target, target[1:], f"{served.base}{target}")


def test_every_answer_forbids_other_hosts(served):
    policy = knock(served, "GET", "/today/", key(served)).headers["content-security-policy"]

    assert f"connect-src 'self' ws://127.0.0.1:{served.port} data: blob:" in policy
    assert "default-src 'self'" in policy
    assert not {"*", "http:", "https:", "ws:", "'unsafe-eval'"} & set(policy.replace(";", " ").split())


def test_the_code_of_the_views_stays_here(served):
    assert b"workbench.view_page" not in knock(served, "GET", "/today/", key(served)).body


def test_it_listens_on_loopback_alone(served):
    with pytest.raises(
        ConnectionRefusedError
    ):  # all of 127.0.0.0/8 is this machine, so a wildcard would answer
        socket.create_connection(("127.0.0.2", served.port), timeout=5)


def test_the_token_is_printed_once_and_written_nowhere(served):
    for _ in range(2):
        knock(served, "GET", f"/?token={served.token}", {})
        knock(served, "GET", "/nothing/here", key(served))
        knock(served, "GET", f"/today/?token={served.token}x", {})

    assert served.output.read_text().count(served.token) == 1
    assert served.token not in served.errors.read_text()
    written = [
        path
        for path in served.folder.rglob("*")
        if path.is_file() and served.token.encode() in path.read_bytes()
    ]
    assert written == []


def test_only_this_user_can_read_the_address(served, runtime):
    files = list(runtime.rglob("*.json"))

    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_uid for path in files} == {os.getuid()}
