"""Anthropic's messages API; its library is an extra."""

from __future__ import annotations

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from opc_kernel.models.settings import Tier


def anthropic_model(tier: Tier, key: str, client: httpx2.AsyncClient) -> AnthropicModel:
    """Return the model of a tier."""
    root = tier.endpoint.removesuffix("/v1")  # the library adds it
    own = AsyncAnthropic(base_url=root, api_key=key, http_client=client, max_retries=0)
    return AnthropicModel(tier.model, provider=AnthropicProvider(anthropic_client=own))
