"""What others would do with the same rows: logistic regression with interactions, LightGBM, uplift by a solo model.

From scikit-learn, LightGBM and scikit-uplift, which the product does not depend on (the dependency group `peers`).
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Fitted = Callable[[Array, Index], Array]
"""Features and the arm each is in -> P(event), (n,)."""


def logistic(x: Array, arm: Index, y: Array, arms: int) -> Fitted:
    """Fit a logistic regression on features, arms and every product of the two, all standardised (penalty C = 1)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if not 0.0 < y.mean() < 1.0:
        return lambda x, _arm: np.full(len(x), (y.sum() + 0.5) / (len(y) + 1.0))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2_000))
    model.fit(crossed(x, arm, arms), y)
    return lambda x, arm: _second(model.predict_proba(crossed(x, arm, arms)))


def boosted(x: Array, arm: Index, y: Array, arms: int) -> Fitted:
    """Fit LightGBM on features and arms, small trees and a small step: near what a search finds on these data."""
    model = _booster(len(y))
    model.fit(joined(x, arm, arms), y)
    return lambda x, arm: _second(model.predict_proba(joined(x, arm, arms)))


def solo(x: Array, contacted: Index, y: Array) -> Callable[[Array], Array]:
    """Fit scikit-uplift's solo model on LightGBM: features -> predicted uplift, (n,)."""
    import pandas
    from sklift.models import SoloModel

    model = SoloModel(_booster(len(y)), method="treatment_interaction")

    def frame(values: Array) -> Any:
        return pandas.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(frame(x), pandas.Series(y.astype(int)), pandas.Series(contacted.astype(int)))

    def uplift(values: Array) -> Array:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(model.predict(frame(values)), dtype=np.float64)

    return uplift


def _booster(rows: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=150, learning_rate=0.03, num_leaves=15, min_child_samples=max(5, min(100, rows // 20)),
        subsample=0.8, subsample_freq=1, colsample_bytree=0.8, random_state=0, n_jobs=1, verbose=-1,
    )  # fmt: skip


def joined(x: Array, arm: Index, arms: int) -> Array:
    """Return features and a column an arm."""
    return np.concatenate([x, (arm[:, None] == np.arange(arms)).astype(np.float64)], axis=1)


def crossed(x: Array, arm: Index, arms: int) -> Array:
    """Return features, a column an arm, and each feature times each arm but the first."""
    shown = (arm[:, None] == np.arange(arms)).astype(np.float64)
    products = [x * shown[:, [place]] for place in range(1, arms)]
    return np.concatenate([x, shown, *products], axis=1)


def _second(table: Any) -> Array:
    return np.asarray(table, dtype=np.float64)[:, 1]
