"""An open connection to a company's server: checked before it is used, and open for as long as somebody needs it."""

from __future__ import annotations

import httpx
import msgspec

from opc_kernel.errors import KernelError
from workbench import wire
from workbench.address import Address

CONNECT_S = 10.0
HEALTH_S = 5.0
ANSWER_S = 150.0
"""A question may wait for its turn and then take its own time; an append stands in line."""


class ServerGone(KernelError):
    """The server does not answer, and neither do those that came after it."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The company's server does not answer: {reason}.",
            "Try again; what was acknowledged is stored, and a retry with the same event ids adds nothing twice.",
        )


class Broken(Exception):
    """The server ended, or something else answers there now: another one can be asked the same."""


class Connection:
    """A connection to one server. Thread-safe; as long as it is open, the server knows that we are there."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._http = httpx.Client(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}"},
            limits=httpx.Limits(keepalive_expiry=None),
            trust_env=False,
            verify=False,  # noqa: S501 - http on loopback has no certificates, and reading them takes 30 ms
        )

    def serves(self, company_id: str) -> bool:
        """Whether a server that holds this company answers to our token."""
        try:
            response = self._http.get("/api/health", timeout=HEALTH_S)
            return response.is_success and bool(wire.decode(response.content)["company"] == company_id)
        except (httpx.HTTPError, msgspec.MsgspecError, LookupError, TypeError):
            return False  # nobody, or something else that listens there now

    def ask(self, verb: str, content: bytes, answer_s: float | None = ANSWER_S) -> bytes:
        """Return the server's answer; None waits for as long as it takes.

        Raises Broken, ServerGone when the time is up, and what the server refuses with.
        """
        timeout = httpx.Timeout(answer_s, connect=CONNECT_S)
        try:
            response = self._http.post(f"/api/{verb}", content=content, timeout=timeout)
        except httpx.ReadTimeout as error:
            raise ServerGone(f"it took longer than {answer_s:g} s") from error
        except httpx.HTTPError as error:
            raise Broken(str(error) or type(error).__name__) from error
        return _answer(response)

    def give_way(self) -> None:
        """Ask a server that is there only for its clients to let the folder go, and close."""
        try:
            self._http.post("/api/give_way", timeout=HEALTH_S)
        except httpx.HTTPError:
            return  # it ended by itself
        finally:
            self.close()

    def close(self) -> None:
        """Close it; the server goes on."""
        self._http.close()


def _answer(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    try:
        refusal = wire.unpack_error(wire.decode(response.content))
    except (msgspec.MsgspecError, LookupError, TypeError) as error:
        raise Broken(f"something else answers there ({response.status_code})") from error
    raise refusal
