"""The plug for real models: any OpenAI-compatible address and the main providers, by pydantic-ai's direct requests.

Its client's own retries are off: ours are the only ones. The library takes seconds to load, and is loaded by the first
request.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twincast.domain.chats import Prompt
from twincast.llm.providers import Correction, Failed, Given
from twincast.llm.schemas import schema_of

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model

COMPATIBLE: Final = "openai-compatible"
MOST_BYTES: Final = 2 * 1024 * 1024
"""Longest reply that is read; what is longer is cut off and is no answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Which model, and where.

    Attributes:
        provider: `openai`, `anthropic`, `google`, or `COMPATIBLE` for whoever else speaks as the first one does.
        url: of the API, where it is not the provider's own.
        key: None: none is sent.
        timeout: seconds after which a request is given up.
        lengths: whether it can be held to lengths of texts: OpenAI's own strict schemas know none, a grammar does.
        fixed: whether answers are to be as steady as the model can give them (temperature 0).
    """

    name: str
    provider: str
    model: str
    url: str | None
    key: str | None
    timeout: float
    lengths: bool = False
    fixed: bool = True


class Remote:
    """A model behind an API (`providers.Provider`)."""

    def __init__(self, address: Address) -> None:
        """Take where it is; nothing is loaded or called yet."""
        self.name = address.name
        self._address = address
        self._model: Model[Any] | None = None
        self._opening = asyncio.Lock()
        self._client: httpx2.AsyncClient | None = None

    async def call(self, prompt: Prompt, correction: Correction | None = None) -> Given:
        model = await self._opened()
        from pydantic_ai.direct import model_request
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.output import OutputObjectDefinition
        from pydantic_ai.settings import ModelSettings

        settings = ModelSettings(max_tokens=prompt.max_tokens, timeout=self._address.timeout, max_retries=0)
        if self._address.fixed and prompt.draw == 0:
            settings["temperature"] = 0.0
        strict = not self._address.lengths  # a strict schema is sent without lengths
        shape = OutputObjectDefinition(json_schema=schema_of(prompt.shape), name=prompt.name, strict=strict)
        parameters = ModelRequestParameters(output_mode="native", output_object=shape, allow_text_output=True)
        try:
            async with asyncio.timeout(self._address.timeout + 1.0):  # whatever the client thinks a timeout is
                response = await model_request(
                    model, _messages(prompt, correction), model_settings=settings,
                    model_request_parameters=parameters,
                )  # fmt: skip
        except Exception as error:  # the libraries below have errors without number
            raise failure_of(error, self._address) from None
        return given_of(response)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = self._model = None

    async def _opened(self) -> "Model[Any]":
        """Return the model; loaded in a thread, as nobody else's request may wait for it beyond its time."""
        async with self._opening:
            if self._model is None:
                self._model = await asyncio.to_thread(self._made)
            return self._model

    def _made(self) -> "Model[Any]":
        import pydantic_ai.direct  # noqa: F401 - the rest of what the first request loads

        self._client = _client(self._address.timeout)
        made: Model[Any] = _MAKERS[self._address.provider](self._address, self._client)
        client = getattr(made, "client", None)
        getattr(getattr(client, "chat", None), "completions", None)  # loaded when it is first looked at
        return made


def _openai(address: Address, client: "httpx2.AsyncClient") -> "Model[Any]":
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel(address.model, provider=OpenAIProvider(api_key=address.key, http_client=client))


def _compatible(address: Address, client: "httpx2.AsyncClient") -> "Model[Any]":
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    provider = OpenAICompatibleProvider(COMPATIBLE, base_url=address.url or "", api_key=address.key, http_client=client)
    return OpenAIChatModel(address.model, provider=provider)


def _anthropic(address: Address, client: "httpx2.AsyncClient") -> "Model[Any]":
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    provider = AnthropicProvider(api_key=address.key, http_client=client)
    return AnthropicModel(address.model, provider=provider)


def _google(address: Address, client: "httpx2.AsyncClient") -> "Model[Any]":
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    provider = GoogleProvider(api_key=address.key, http_client=client)
    return GoogleModel(address.model, provider=provider)


_MAKERS: Final[dict[str, Callable[[Address, Any], Any]]] = {
    COMPATIBLE: _compatible,
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
}


def _messages(prompt: Prompt, correction: Correction | None) -> "list[ModelMessage]":
    """Return what is sent: what is the same for everybody first."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, UserPromptPart

    first = ModelRequest(parts=[SystemPromptPart(content=prompt.system), UserPromptPart(content=prompt.user)])
    if correction is None:
        return [first]
    again = f"That can not be used: {correction.problem} Answer again, in JSON of the shape that was asked for."
    said = ModelResponse(parts=[TextPart(content=correction.text[:2_000] or "(nothing)")])
    return [first, said, ModelRequest(parts=[UserPromptPart(content=again)])]


def given_of(response: "ModelResponse") -> Given:
    """Return what a response holds."""
    used = response.usage
    counted = used.input_tokens > 0 or used.output_tokens > 0
    return Given(
        text=response.text or "",
        tokens_in=used.input_tokens if counted else None,
        tokens_out=used.output_tokens if counted else None,
        kept_in=used.cache_read_tokens,
        whole=response.finish_reason != "length",
    )


def failure_of(error: Exception, address: Address) -> Failed:
    """Return an error of the libraries as a failure with a name, and without anything of the prompt."""
    from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError

    told = getattr(error, "retry_after", None)
    if isinstance(error, ModelHTTPError):
        return _refusal(error.status_code, told, address)
    if isinstance(error, TooLong) or isinstance(error.__cause__, TooLong) or isinstance(error.__context__, TooLong):
        return Failed("malformed", f"The answer was longer than {MOST_BYTES:,} bytes.", again=True, unpaid=False)
    if isinstance(error, TimeoutError) or "timeout" in type(error).__name__.lower():
        detail = f"{address.name} did not answer within {address.timeout:g} seconds."
        return Failed("timeout", detail, again=True, unpaid=False)
    if isinstance(error, ModelAPIError):
        if "timed out" in str(error).lower():
            detail = f"{address.name} did not answer within {address.timeout:g} seconds."
            return Failed("timeout", detail, again=True, unpaid=False)
        return Failed("unreachable", f"{address.name} can not be reached, or broke off.", again=True, unpaid=False)
    return Failed("malformed", f"{address.name} sent something that is no answer.", again=True, unpaid=False)


def _refusal(status: int, after: float | None, address: Address) -> Failed:
    """Return what an HTTP status means."""
    if status in {401, 403}:
        return Failed("refused", f"{address.name} does not accept the key (HTTP {status}).", hopeless=True)
    if status == 404:
        return Failed("refused", f"{address.name} does not know the model or the address (HTTP 404).", hopeless=True)
    if status == 429:
        return Failed("quota", f"{address.name} is asked too often (HTTP 429).", again=True, after=after)
    if status >= 500 or status in {408, 409, 425}:
        return Failed("unreachable", f"{address.name} failed (HTTP {status}).", again=True, after=after)
    return Failed("refused", f"{address.name} refuses the request (HTTP {status}).")


class TooLong(Exception):
    """The reply is longer than is read."""


def _client(timeout: float) -> "httpx2.AsyncClient":
    """Return a client that cuts off replies that are too long."""
    import httpx2

    class Cut(httpx2.AsyncByteStream):
        """A body up to its longest length."""

        def __init__(self, inner: httpx2.AsyncByteStream) -> None:
            self._inner = inner

        async def __aiter__(self) -> AsyncIterator[bytes]:
            seen = 0
            async for chunk in self._inner:
                seen += len(chunk)
                if seen > MOST_BYTES:
                    raise TooLong
                yield chunk

        async def aclose(self) -> None:
            await self._inner.aclose()

    class Cutting(httpx2.AsyncHTTPTransport):
        """Reads no more of a reply than its longest length."""

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await super().handle_async_request(request)
            if isinstance(response.stream, httpx2.AsyncByteStream):
                response.stream = Cut(response.stream)
            return response

    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    return httpx2.AsyncClient(transport=Cutting(limits=limits), timeout=timeout, follow_redirects=False)
