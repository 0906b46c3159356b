"""The response model as a value: the prior, what outcomes added to it head by head, and the posterior of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.response.attributes import Column
from twincast.response.delays import Delay
from twincast.response.evidence import posterior
from twincast.response.features import CUSTOMER_NAMES, FATIGUE_NAMES, MATCH_NAMES, MESSAGE_NAMES
from twincast.response.learned import Counts, Learned, Typical, pack, unpack
from twincast.response.numbers import DELAY, Numbers
from twincast.response.opinions import SURVEY, Opinion
from twincast.response.prior import HeadPrior, Prior, Weights, shipped_prior
from twincast.response.reliability import Reliability
from twincast.response.sends import send_variance
from twincast.response.signals import Hearing
from twincast.response.terms import Terms, terms_of

Array = NDArray[np.float64]

PRIOR, FITTED, SEGMENT, BY_DEFINITION = "prior", "fitted", "segment", "by definition"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Posterior:
    """The belief about one head after its outcomes: a joint normal over its terms.

    Attributes:
        terms: P terms; mean: (P,); covariance: (P, P).
        head: the same in the prior's shape, means and own widths by block, for taking a number apart.
        calibration: a and b of p = expit(a + b logit).
        typical: the average customer, for whom everybody is taken where the gate is closed; None where it is not.
        ranges: feature of the match -> the ends between which it was seen (`response.ranges`).
    """

    terms: Terms
    mean: Array
    covariance: Array
    head: HeadPrior
    calibration: tuple[float, float]
    typical: Typical | None
    ranges: Mapping[str, tuple[float, float]]

    def mean_of(self, name: str) -> float:
        """Return the mean of a term; 0 for one that was never seen."""
        place = self.terms.place(name)
        return 0.0 if place is None else float(self.mean[place])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ResponseModel:
    """A version of the response model. Without an outcome it is the prior, to the last bit.

    Attributes:
        prior: what is believed beforehand.
        learned: head -> what outcomes say of it; only heads with outcomes.
        attributes: features made of further attributes of records, with the figures they are standardised with.
        numbers: what outcomes say of money, counts and time.
        hearing: what is listened to of what language models say, with the figures it is standardised with.
        day: the day up to which outcomes were seen, days since 1970-01-01; None without any.
        posteriors: head -> prior and outcomes together.
        digest: SHA-256 of all of it; equal digests, equal numbers.
    """

    prior: Prior
    learned: Mapping[str, Learned] = field(default_factory=dict)
    attributes: tuple[Column, ...] = ()
    numbers: Numbers = field(default_factory=Numbers)
    hearing: Hearing = field(default_factory=Hearing)
    day: float | None = None
    posteriors: Mapping[str, Posterior] = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Join prior and evidence."""
        object.__setattr__(self, "posteriors", {head: self._posterior(head) for head in self.learned})
        content = self.to_bytes() + self.prior.digest.encode()
        object.__setattr__(self, "digest", sha256(content).hexdigest() if self.is_learned else self.prior.digest)

    def _posterior(self, head: str) -> Posterior:
        own = self.learned[head]
        terms = terms_for(self, head, own.kinds, own.sends, own.counts)
        direct = own.direct.over(terms.names)
        terms = terms.with_sends(send_variance(terms, direct))
        mean, covariance = posterior(terms, direct, own.logged.over(terms.names))
        return Posterior(
            terms=terms,
            mean=mean,
            covariance=covariance,
            head=_in_shape(self.prior.heads[head], terms, mean, covariance),
            calibration=own.calibration,
            typical=own.typical,
            ranges=own.ranges,
        )

    @property
    def is_learned(self) -> bool:
        """Whether any outcome is in it."""
        return bool(self.learned) or bool(self.numbers)

    @property
    def version(self) -> str:
        """Name of this version: the prior's, and what was learned."""
        learned = f"-{self.digest[:12]}" if self.is_learned else ""
        return f"{self.prior.version}+{self.prior.digest[:12]}{learned}"

    def head(self, head: str) -> HeadPrior:
        """Return what is believed of a head, term by term."""
        return self.posteriors[head].head if head in self.posteriors else self.prior.heads[head]

    def counts(self, head: str) -> Counts:
        """Return what stands behind a head, or `SPENDING`, `ITEMS`, `DELAY` and a channel, or a stated scale."""
        number = self.numbers.behind(head)
        if number is not None:
            return Counts(outcomes=number.count, events=number.count)
        return self.learned[head].counts if head in self.learned else Counts()

    def basis(self, head: str) -> str:
        """Return what a head's level rests on: `prior`; `fitted` to outcomes; `segment` where its gate is closed."""
        if head in self.learned and self.learned[head].typical is not None:
            return SEGMENT
        return FITTED if self.counts(head).outcomes else PRIOR

    def uplift_basis(self, head: str) -> str:
        """Return what a head's effect rests on: `fitted` needs randomised rows with contact and without."""
        if head not in self.prior.heads:
            return PRIOR
        if not self.prior.heads[head].organic:
            return BY_DEFINITION
        counts = self.counts(head)
        return FITTED if counts.contacted and counts.held_out else PRIOR

    def checked(self, head: str) -> tuple[str, ...]:
        """Return on what unseen outcomes checked a head: channels, `learned.UNCONTACTED`, `opinions.SURVEY`."""
        number = self.numbers.behind(head)
        if isinstance(number, Delay) and head.startswith(DELAY):
            return (head.removeprefix(DELAY),) if number.tails is not None else ()
        if isinstance(number, Opinion):
            return () if number.missed is None else (SURVEY,)
        return self.learned[head].checked if head in self.learned else ()

    def reliability(self, head: str) -> Reliability | None:
        """Return what was foretold of a head beside what came; None where there is too little of it."""
        return self.learned[head].reliability if head in self.learned else None

    def to_bytes(self) -> bytes:
        """Write down what was learned; the prior is named by its digest, not written."""
        return pack(self.learned, self.attributes, self.numbers, self.hearing, self.day)

    @classmethod
    def from_bytes(cls, data: bytes, prior: Prior | None = None) -> "ResponseModel":
        """Read a model again; what was learned joins the prior that is there now, also where that is a newer one.

        Raises:
            Misconfigured: the bytes are no response model.
        """
        parts = unpack(data)
        return cls(prior=prior or shipped_prior(), **parts)


@cache
def shipped_model() -> ResponseModel:
    """Return the model before any outcome: the prior that ships."""
    return ResponseModel(prior=shipped_prior())


def terms_for(model: ResponseModel, head: str, kinds: Sequence[str], sends: Sequence[str], counts: Counts) -> Terms:
    """Lay out the terms of a head of a model that has seen these messages and so many outcomes."""
    names = [(column.path, column.name) for column in model.attributes]
    randomised = float(counts.contacted + counts.held_out)
    return terms_of(model.prior.heads[head], names, kinds, sends, randomised, model.hearing, head)


def _in_shape(prior: HeadPrior, terms: Terms, mean: Array, covariance: Array) -> HeadPrior:
    where = {name: place for place, name in enumerate(terms.names)}
    widths = np.sqrt(np.diag(covariance))

    def block(name: str, features: tuple[str, ...], before: Weights) -> Weights:
        found = Weights(mean=before.mean.copy(), width=before.width.copy())
        for place, feature in enumerate(features):
            term = where.get(f"{name}:{feature}")
            if term is not None:
                found.mean[place], found.width[place] = mean[term], widths[term]
        return found

    level = block("level", CHANNELS, prior.level)
    if prior.organic:
        level.mean[:], level.width[:] = mean[where["level"]], widths[where["level"]]
    return HeadPrior(
        level=level,
        contact=block("contact", CHANNELS, prior.contact),
        base=block("base", CUSTOMER_NAMES, prior.base),
        reach=block("reach", CUSTOMER_NAMES, prior.reach),
        message=block("message", MESSAGE_NAMES, prior.message),
        match=block("match", MATCH_NAMES, prior.match),
        fatigue=block("fatigue", FATIGUE_NAMES, prior.fatigue),
        send_sd=sqrt(terms.send_variance),
        horizon=prior.horizon,
        organic=prior.organic,
    )
