"""The innermost wrapper: each request is paid from the workspace's budget before it is made, and stands in the ledger.

What a request may cost at most is set aside before, so that many at the same time can not spend the same money.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from twincast.domain.chats import Prompt
from twincast.domain.costs import ModelTerms
from twincast.domain.usage import ANSWERED, Budget, Call, UsageSum
from twincast.llm.prices import Priced
from twincast.llm.providers import Correction, Failed, Given, Provider
from twincast.ports.clock import Clock, Ids

BYTES_A_TOKEN: Final = 3.0
"""Of a text that is not counted: fewer than most languages have in most tokenisers, so that it is rather too many."""
FORM: Final = 200
"""Tokens of a request beside its texts: the schema and the frame of a message."""

CANCELLED: Final = "cancelled"
UNPRICED: Final = (
    "The budget is one of money, and the price of this model is not known: state it, or set a budget of tokens."
)


class Purse:
    """What a workspace may still spend, as this process knows it: what is stored, and what is under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._budget = Budget()
        self._stored = UsageSum()
        self._usd = 0.0
        self._tokens = 0

    def know(self, budget: Budget, stored: UsageSum, settled: Iterable[Call] = ()) -> None:
        """Take what the store says now, and the calls that it knows of since it was asked last."""
        with self._lock:
            self._budget, self._stored = budget, stored
            for call in settled:
                self._add(call.usd, call.tokens, -1)

    def set_aside(self, usd: float | None, tokens: int) -> None:
        """Set aside what a request may cost at most.

        Raises:
            Failed: the budget does not allow it, or it is one of money and the price is not known.
        """
        with self._lock:
            self._check(usd, tokens)
            self._add(usd, tokens)

    def replace(self, usd: float | None, tokens: int, call: Call) -> None:
        """Put what a request did cost in the place of what was set aside for it."""
        with self._lock:
            self._add(usd, tokens, -1)
            self._add(call.usd, call.tokens)

    def _add(self, usd: float | None, tokens: int, sign: int = 1) -> None:
        self._usd += sign * (usd or 0.0)
        self._tokens += sign * tokens

    def _check(self, usd: float | None, tokens: int) -> None:
        budget = self._budget
        if budget.tokens is not None and self._stored.tokens + self._tokens + tokens > budget.tokens:
            raise _exhausted(f"{budget.tokens:,} tokens", budget)
        if budget.usd is not None:
            if usd is None:
                raise Failed("budget", UNPRICED)
            if self._stored.usd + self._usd + usd > budget.usd:
                raise _exhausted(f"{budget.usd:g} US dollars", budget)


class Errand:
    """One round of asking: it pays from the purse while it is wanted, and not a single request longer."""

    def __init__(self, purse: Purse) -> None:
        """Take who pays."""
        self.purse = purse
        self._is_over = False

    def call_off(self) -> None:
        """Let no further request be made."""
        self._is_over = True

    def check(self) -> None:
        """Raise Failed (`cancelled`) where it was called off."""
        if self._is_over:
            raise Failed(CANCELLED, "It was cancelled before this was asked.")


def _exhausted(what: str, budget: Budget) -> Failed:
    period = {"ever": "in all"}.get(budget.period.value, f"for this {budget.period.value}")
    return Failed("budget", f"The budget of {what} {period} does not allow another call.")


class Budgeted:
    """Lets a provider be asked only while there is money for it, and writes each request down."""

    def __init__(self, provider: Provider, price: Priced, clock: Clock, ids: Ids, ticks: Callable[[], float]) -> None:
        """Take a provider and what it costs; `ticks` are seconds that only go forward."""
        self.provider = provider
        self._price = price
        self._clock = clock
        self._ids = ids
        self._ticks = ticks

    @property
    def terms(self) -> ModelTerms:
        """Return what it costs."""
        many = 1_000
        prices = (self._price(many, 0, 0), self._price(0, 0, many))
        usd_in, usd_out = (None if it is None else it / many for it in prices)
        return ModelTerms(name=self.provider.name, usd_in=usd_in, usd_out=usd_out)

    async def call(self, prompt: Prompt, correction: Correction | None, errand: Errand, ledger: list[Call]) -> Given:
        """Make one request.

        Raises:
            Failed: there is no text, no money for it (`budget`), or it is not wanted any more (`cancelled`); in the
                last two cases nothing was asked.
        """
        errand.check()
        purse = errand.purse
        guess = tokens_of(prompt, correction)
        most = self._price(guess, 0, prompt.max_tokens)
        purse.set_aside(most, guess + prompt.max_tokens)
        began = self._ticks()
        status, used, counted = CANCELLED, (guess, 0, 0), False
        try:
            given = await self.provider.call(prompt, correction)
            counted = given.tokens_in is not None and given.tokens_out is not None
            tokens_in = guess if given.tokens_in is None else given.tokens_in
            tokens_out = _length(given.text) if given.tokens_out is None else given.tokens_out
            status, used = ANSWERED, (tokens_in, given.kept_in, tokens_out)
            return given
        except Failed as failure:
            status = failure.code
            if failure.unpaid:
                used, counted = (0, 0, 0), True
            raise
        finally:
            call = Call(
                id=self._ids.new("call_"),
                at=self._clock.now(),
                session=prompt.session,
                model=self.provider.name,
                prompt=f"{prompt.name}/{prompt.version}",
                status=status,
                tokens_in=used[0],
                tokens_out=used[2],
                counted=counted,
                usd=self._price(*used),
                seconds=self._ticks() - began,
                guessed=guess,
                most=prompt.max_tokens,
            )
            purse.replace(most, guess + prompt.max_tokens, call)
            ledger.append(call)


def tokens_of(prompt: Prompt, correction: Correction | None = None) -> int:
    """Return how many tokens a request has at most, from the length of its texts."""
    more = 0 if correction is None else _length(correction.text) + _length(correction.problem)
    return _length(prompt.system) + _length(prompt.user) + FORM + more


def _length(text: str) -> int:
    return int(len(text.encode("utf-8", "replace")) / BYTES_A_TOKEN) + 1
