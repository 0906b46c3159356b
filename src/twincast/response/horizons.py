"""From the horizon a head speaks of to the horizon asked for, by cumulative hazard."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
Transform = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Horizon:
    """Converts probabilities of a head with reference horizon H* to the horizon H.

    Without contact the hazard is constant: L0(H) = L0 H/H*. What the contact adds fades: dL(H) = dL G(H)/G(H*) with
    G(H) = 1 - exp(-H / decay). A constant effect on the logit would make incremental sales grow with H for ever. A
    contact that lowers the hazard can at most hold it at its lowered rate, so that no hazard turns negative.

    Attributes:
        stretch: H / H*.
        fade: (c,) G(H) / G(H*).
    """

    stretch: float
    fade: Array

    @property
    def is_reference(self) -> bool:
        """Whether nothing needs to be converted."""
        return self.stretch == 1.0

    def base(self, eta: Array) -> Array:
        """Return p0 at H from the logit at H*."""
        if self.is_reference:
            return expit(eta)
        return -np.expm1(-self.stretch * _hazard(eta))

    def contacted(self, eta: Array, tau: Array) -> Array:
        """Return p1 at H from the base logit and the effect at H*."""
        if self.is_reference:
            return expit(eta + tau)
        return -np.expm1(-self.hazards(eta)[0](tau))

    def only_contacted(self, tau: Array) -> Array:
        """Return p1 at H of a head that can not occur without contact, from its logit at H*."""
        if self.is_reference:
            return expit(tau)
        return -np.expm1(-_hazard(tau) * self.fade)

    def gain(self, eta: Array) -> tuple[Transform, Transform]:
        """Return two functions for a base logit: what the contact adds to p from tau, and tau from what it adds.

        Both work with what is left to gain, 1 - p0, so that nothing is lost where p0 is all but 1.
        """
        if self.is_reference:
            base = 1.0 / (1.0 + np.exp(-eta))

            def tau_of(gain: Array) -> Array:
                tau = _to_logit(base + gain)
                tau -= eta
                return tau

            return lambda tau: 1.0 / (1.0 + np.exp(-eta - tau)) - base, tau_of
        forward, inverse = self.hazards(eta)
        left = np.exp(-self.stretch * _hazard(eta))
        return lambda tau: left - np.exp(-forward(tau)), lambda gain: inverse(-_log(left - gain))

    def hazards(self, eta: Array) -> tuple[Transform, Transform]:
        """Return two functions for a base logit: from tau the cumulative hazard at H, -log(1 - p1), and its inverse."""
        hazard0 = _hazard(eta)
        organic, least = self.stretch * hazard0, np.minimum(self.fade, self.stretch)

        def forward(tau: Array) -> Array:
            hazard1 = _hazard(eta + tau)
            faded = organic + (hazard1 - hazard0) * self.fade
            return np.maximum(faded, self.stretch * np.minimum(hazard1, hazard0))

        def inverse(hazard: Array) -> Array:
            more = hazard - organic
            hazard1 = hazard0 + more / np.where(more >= 0.0, self.fade, least)
            return _logit_of_hazard(np.maximum(hazard1, 0.0)) - eta

        return forward, inverse


def _hazard(eta: Array) -> Array:
    """Return -log(1 - expit(eta)) = softplus(eta), stable at both ends; NaN where the channel lacks the head."""
    return np.maximum(eta, 0.0) + np.log1p(np.exp(-np.abs(eta)))


def _logit_of_hazard(hazard: Array) -> Array:
    return _log(np.expm1(np.minimum(hazard, 700.0)))


def _to_logit(p: Array) -> Array:
    """Put the logit, infinite outside (0, 1), in the place of p: the hot path of a campaign makes no copies."""
    np.minimum(np.maximum(p, 0.0, out=p), 1.0, out=p)
    with np.errstate(divide="ignore"):
        np.divide(p, 1.0 - p, out=p)
        return np.log(p, out=p)


def _log(x: Array) -> Array:
    """Return the logarithm, minus infinity at 0 and below."""
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(x, 0.0))


def horizon_of(days: float, reference: float, decay: Array) -> Horizon:
    """Return the conversion to `days` from a head's reference, for cells whose effect fades with `decay` days, (c,)."""
    return Horizon(stretch=days / reference, fade=np.expm1(-days / decay) / np.expm1(-reference / decay))


def hazard_slopes(eta: Array, tau: Array, stretch: Array, fade: Array) -> tuple[Array, Array, Array]:
    """Return the cumulative hazard at H when contacted, and its slopes in base logit and effect; all arrays (r,).

    The same as `Horizon.hazards` with a horizon for each row: for fitting. Without contact `fade` is 0.
    """
    before, after = _hazard(eta), _hazard(eta + tau)
    rate0, rate1 = expit(eta), expit(eta + tau)
    faded = stretch * before + (after - before) * fade
    least = stretch * np.minimum(after, before)
    low = faded < least
    return (
        np.maximum(faded, least),
        np.where(low, stretch * rate1, stretch * rate0 + fade * (rate1 - rate0)),
        np.where(low, stretch * rate1, fade * rate1),
    )


def only_contacted_slopes(tau: Array, fade: Array) -> tuple[Array, Array]:
    """Return the cumulative hazard of a head that can not occur without contact, and its slope in tau; (r,) each."""
    return _hazard(tau) * fade, expit(tau) * fade
