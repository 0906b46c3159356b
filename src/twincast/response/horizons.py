"""From the horizon a head speaks of to the horizon asked for, by cumulative hazard."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]

LARGEST = 1.0 - 1e-12
"""Probabilities are kept below 1 so that their hazard and logit stay finite."""


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
        hazard0, hazard1 = _hazard(eta), _hazard(eta + tau)
        faded = self.stretch * hazard0 + (hazard1 - hazard0) * self.fade
        return -np.expm1(-np.maximum(faded, self.stretch * np.minimum(hazard1, hazard0)))

    def only_contacted(self, tau: Array) -> Array:
        """Return p1 at H of a head that can not occur without contact, from its logit at H*."""
        if self.is_reference:
            return expit(tau)
        return -np.expm1(-_hazard(tau) * self.fade)

    def effect(self, eta: Array, contacted: Array) -> Array:
        """Return tau from the base logit and p1 at H: the inverse of `contacted` in its second argument."""
        inside = np.minimum(np.maximum(contacted, 0.0), LARGEST)
        if self.is_reference:
            return logit(inside) - eta
        hazard0, hazard = _hazard(eta), -np.log1p(-inside)
        raised = hazard0 + (hazard - self.stretch * hazard0) / self.fade
        lowered = np.minimum(raised, hazard / self.stretch)
        hazard1 = np.where(raised >= hazard0, raised, lowered)
        return _logit_of_hazard(np.maximum(hazard1, 0.0)) - eta


def _hazard(eta: Array) -> Array:
    """Return -log(1 - expit(eta)) = softplus(eta), stable at both ends."""
    with np.errstate(invalid="ignore"):  # NaN stands for a head that the channel does not have
        return np.logaddexp(0.0, eta)


def _logit_of_hazard(hazard: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(np.expm1(np.minimum(hazard, 700.0)))


def horizon_of(days: float, reference: float, decay: Array) -> Horizon:
    """Return the conversion to `days` from a head's reference, for cells whose effect fades with `decay` days, (c,)."""
    return Horizon(stretch=days / reference, fade=np.expm1(-days / decay) / np.expm1(-reference / decay))
