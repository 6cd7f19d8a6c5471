"""What turns texts into vectors, near each other where the texts mean the same; the adapters are the product's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from opc_kernel.errors import KernelError

Matrix = NDArray[np.float32]
"""A row a text, each of length one."""


class EmbeddingFailed(KernelError):
    """A text could not be turned into a vector now; words go on without it."""

    def __init__(self, name: str, reason: str, *, todo: str = "It is tried again by itself.") -> None:
        super().__init__(f"The embedding {name} gave no vectors: {reason}.", todo)
        self.name, self.reason = name, reason


class Embedding(Protocol):
    """One model of meaning."""

    @property
    def name(self) -> str:
        """Which model it is: vectors of two names are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...

    @property
    def local(self) -> bool:
        """Whether texts stay on machines of the company's own."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return a row of length one for each text. Raises EmbeddingFailed."""
        ...
