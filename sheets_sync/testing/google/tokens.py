"""The token endpoint: refresh tokens and service accounts in, access tokens that expire out."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping

import msgspec

from sheets_sync.testing.google.errors import GrantRefused, JsonObject, NoCredentials

LIFETIME_S = 3600
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REVOKED = "Token has been expired or revoked."


class Tokens:
    """Who may sign in, and who holds which access token."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lifetime_s: float = LIFETIME_S
        self.claims: list[JsonObject] = []
        """What each service account said in its JWT; the signature is not checked."""
        self._refresh: dict[str, str] = {}
        self._access: dict[str, tuple[str, float]] = {}
        self._revoked: set[str] = set()

    def refresh_token(self, email: str) -> str:
        """Return a new refresh token of a user."""
        token = f"1//{secrets.token_urlsafe(24)}"
        self._refresh[token] = email
        return token

    def access_token(self, email: str) -> str:
        """Return a new access token of a user, as if they had just signed in."""
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._access[token] = (email, self.clock() + self.lifetime_s)
        return token

    def revoke(self, email: str) -> None:
        """Take a user's credentials away: tokens in use end, new ones are refused."""
        self._revoked.add(email)

    def allow(self, email: str) -> None:
        """Undo `revoke`."""
        self._revoked.discard(email)

    def expire(self) -> None:
        """Let all access tokens end now."""
        self._access.clear()

    def who(self, authorization: str) -> str:
        """Return the user of a bearer token."""
        scheme, _, token = authorization.partition(" ")
        email, until = self._access.get(token, ("", 0.0))
        if scheme.casefold() != "bearer" or not email or email in self._revoked or self.clock() >= until:
            raise NoCredentials
        return email

    def grant(self, form: Mapping[str, str]) -> JsonObject:
        """Answer POST /token."""
        match form.get("grant_type"):
            case "refresh_token":
                email = self._refresh.get(form.get("refresh_token", ""))
                refusal = GrantRefused("invalid_grant", _REVOKED)
            case kind if kind == _JWT_BEARER:
                email = self._claimed(form.get("assertion", ""))
                refusal = GrantRefused("invalid_grant", "Invalid grant: account not found")
            case kind:
                raise GrantRefused("unsupported_grant_type", f"Invalid grant_type: {kind}")
        if email is None or email in self._revoked:
            raise refusal
        scope = form.get("scope") or "https://www.googleapis.com/auth/spreadsheets"
        lifetime = int(self.lifetime_s)
        token = self.access_token(email)
        return {"access_token": token, "expires_in": lifetime, "scope": scope, "token_type": "Bearer"}

    def _claimed(self, assertion: str) -> str | None:
        try:
            payload = assertion.split(".")[1]
            claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, binascii.Error, msgspec.DecodeError):
            raise GrantRefused("invalid_grant", "Invalid JWT: Token must be a short-lived token.") from None
        self.claims.append(claims)
        email = claims.get("sub") or claims.get("iss")
        return str(email) if email else None
