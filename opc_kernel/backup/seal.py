"""Sealing: what lies outside is encrypted in the age format, so that the plain `age` tool can open it too."""

from __future__ import annotations

import hashlib
import hmac

from opc_kernel.log.errors import LogError


class WrongPassphrase(LogError):
    """A passphrase that opens nothing."""

    def __init__(self) -> None:
        super().__init__(
            "The passphrase does not open this backup.", "Type the one it was made with; nothing was changed."
        )


class SealBroken(LogError):
    """Bytes that are not what was sealed."""

    def __init__(self) -> None:
        super().__init__("A sealed file is not what was written.", "Use another backup.")


class Seal:
    """A key pair of its own for each backup, which the passphrase locks.

    Opening a lock costs over a second, on purpose; sealing a file by the key costs next to nothing.
    """

    def __init__(self, secret: str) -> None:
        from pyrage import x25519

        self._secret = secret
        self._identity = x25519.Identity.from_str(secret)
        self._recipient = self._identity.to_public()

    @classmethod
    def new(cls) -> Seal:
        """Return a seal nobody had before."""
        from pyrage import x25519

        return cls(str(x25519.Identity.generate()))

    @classmethod
    def unlocked(cls, locked: bytes, passphrase: str) -> Seal:
        """Return the seal that `locked` gave away. Raises WrongPassphrase."""
        from pyrage import DecryptError
        from pyrage.passphrase import decrypt

        try:
            return cls(decrypt(locked, passphrase).decode().strip())
        except (DecryptError, UnicodeDecodeError) as error:
            raise WrongPassphrase from error

    def locked(self, passphrase: str) -> bytes:
        """Return the key as an age identity file that the passphrase opens."""
        from pyrage.passphrase import encrypt

        return bytes(encrypt(f"{self._secret}\n".encode(), passphrase))

    def close(self, content: bytes) -> bytes:
        """Seal bytes."""
        from pyrage import encrypt

        return bytes(encrypt(content, [self._recipient]))

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises SealBroken."""
        from pyrage import DecryptError, decrypt

        try:
            return bytes(decrypt(sealed, [self._identity]))
        except DecryptError as error:
            raise SealBroken from error

    def name(self, sha256: str) -> str:
        """Return a name for content that tells nobody which content it is."""
        return hmac.new(self._secret.encode(), sha256.encode(), hashlib.sha256).hexdigest()
