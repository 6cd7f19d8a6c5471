"""OpenAI's chat API, which nearly every endpoint speaks."""

from __future__ import annotations

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider

from opc_kernel.models.settings import Tier

ITS_OWN = "api.openai.com"


def openai_model(tier: Tier, key: str, client: httpx2.AsyncClient) -> OpenAIChatModel:
    """Return the model of a tier; the limit of tokens is sent under the name that its endpoint obeys."""
    profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=tier.host == ITS_OWN)
    own = AsyncOpenAI(base_url=tier.endpoint, api_key=key, http_client=client, max_retries=0)
    return OpenAIChatModel(tier.model, provider=OpenAIProvider(openai_client=own), profile=profile)
