"""gspread's HTTP client with patience and manners: time limits, Google's quotas, bounded retries with jitter.

A question, and whatever Google says it has not done (429), is asked again. A write without an answer is not: it may
have been carried out, and only reading tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from random import uniform
from typing import Any

import msgspec
import stamina
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from gspread.http_client import HTTPClient
from pyrate_limiter import Duration, Limiter, Rate
from requests import RequestException, Response
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import SSLError, Timeout

from sheets_sync.errors import SheetError
from sheets_sync.google.errors import (
    AccessLost,
    CredentialsRevoked,
    GoogleUnreachable,
    RequestRefused,
    SpreadsheetMissing,
    WriteUncertain,
)

CALLS_PER_MINUTE = 60  # Google's quota for one user, for reads and for writes
ATTEMPTS = 5
WITHIN_S = 150.0  # in all
FIRST_WAIT_S, LONGEST_WAIT_S, JITTER_S = 0.5, 8.0, 1.0
QUOTA_WAIT_S, LONGEST_QUOTA_WAIT_S = 16.0, 60.0  # a quota is filled again after a minute
CONNECT_S, ANSWER_S = 10.0, 180.0  # Google itself ends what takes longer
MAX_MESSAGE = 300
_CAUSES: Mapping[type[Exception], str] = {
    Timeout: "no answer in time",
    SSLError: "no safe connection",
    NotConnected: "no connection",
    TransportError: "no connection",
}


class Transport(HTTPClient):
    """Calls for one spreadsheet, `where` in errors. `origin` takes the place of Google's hosts, for a stand-in."""

    def __init__(self, credentials: Credentials, *, where: str, account: str, origin: str = "") -> None:
        super().__init__(credentials)
        self.set_timeout((CONNECT_S, ANSWER_S))
        self._where = where
        self._account = account
        self._origin = origin
        self._limiters = {False: _limiter(), True: _limiter()}

    def request(  # type: ignore[override] # gspread passes all but these two by name
        self,
        method: str,
        endpoint: str,
        **named: Any,  # noqa: ANN401 whatever requests takes
    ) -> Response:
        """Send one call and return its good answer; see the module for what is asked again.

        Raises CredentialsRevoked, AccessLost, SpreadsheetMissing, RequestRefused, GoogleUnreachable; WriteUncertain.
        """
        writes = method.lower() != "get"
        for attempt in stamina.retry_context(
            on=_patience,
            attempts=ATTEMPTS,
            timeout=WITHIN_S,
            wait_initial=FIRST_WAIT_S,
            wait_max=LONGEST_WAIT_S,
            wait_jitter=JITTER_S,
        ):
            with attempt:
                self._limiters[writes].try_acquire()
                return self._send(method, self._located(endpoint), writes=writes, **named)
        raise AssertionError("the last attempt returns or raises")

    def _send(
        self,
        method: str,
        url: str,
        *,
        writes: bool,
        **named: Any,  # noqa: ANN401 whatever requests takes
    ) -> Response:
        try:
            response = self.session.request(method, url, timeout=self.timeout, **named)
        except RefreshError as error:
            raise self._not_refreshed(error) from None
        except TransportError as error:  # on the way to the token: the call itself was never made
            raise GoogleUnreachable(self._where, _cause(error)) from None
        except RequestException as error:
            raise self._unanswered(_cause(error), writes=writes) from None
        except GoogleAuthError as error:
            raise GoogleUnreachable(self._where, type(error).__name__) from None
        if response.ok and not _is_json(response):
            raise self._unanswered("an answer that is no JSON", writes=writes)
        if not response.ok:
            raise self._refused(response, writes=writes)
        return response

    def _refused(self, response: Response, *, writes: bool) -> SheetError:
        match response.status_code:
            case HTTPStatus.UNAUTHORIZED:
                return CredentialsRevoked(self._where)
            case HTTPStatus.FORBIDDEN:
                return AccessLost(self._where, self._account)
            case HTTPStatus.NOT_FOUND:
                return SpreadsheetMissing(self._where)
            case HTTPStatus.TOO_MANY_REQUESTS as status:
                return GoogleUnreachable(self._where, _name(status), wait_s=_quota_wait(response))
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._unanswered(_name(status), writes=writes)
            case status:
                return RequestRefused(self._where, status, _message(response))

    def _unanswered(self, problem: str, *, writes: bool) -> SheetError:
        return WriteUncertain(self._where, problem) if writes else GoogleUnreachable(self._where, problem)

    def _not_refreshed(self, error: RefreshError) -> SheetError:
        if error.retryable:
            return GoogleUnreachable(self._where, "no token")
        return CredentialsRevoked(self._where)

    def _located(self, endpoint: str) -> str:
        """Return the address to call: Google's, or the stand-in's, whose paths are the same."""
        path = endpoint.partition("://")[2].partition("/")[2]
        return f"{self._origin}/{path}" if self._origin else endpoint


def _limiter() -> Limiter:
    return Limiter(Rate(CALLS_PER_MINUTE, Duration.MINUTE))


def _patience(error: Exception) -> bool | float:
    """Say whether to ask again; a number is how long to wait first, in seconds."""
    if not isinstance(error, GoogleUnreachable):
        return False
    return True if error.wait_s is None else error.wait_s + uniform(0, JITTER_S)  # noqa: S311 no secret


def _quota_wait(response: Response) -> float:
    """Return how long Google wants us to wait."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), LONGEST_QUOTA_WAIT_S) if text.isdecimal() else QUOTA_WAIT_S


def _is_json(response: Response) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")


def _message(response: Response) -> str:
    """Return what Google's answer says, cut to a line."""
    try:
        answer = msgspec.json.decode(response.content, type=Mapping[str, Mapping[str, Any]])
        text = str(answer["error"]["message"])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
        text = response.reason
    return " ".join(text.split())[:MAX_MESSAGE].rstrip(".")


def _name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _cause(error: Exception) -> str:
    """Say what kind of error it is: its text holds addresses and whatever else was sent."""
    return next((words for kind, words in _CAUSES.items() if isinstance(error, kind)), type(error).__name__)
