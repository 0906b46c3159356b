"""Counts of requests and how long they took, in the text format of Prometheus; no ids and no customer data."""

from bisect import bisect_left
from threading import Lock
from typing import Final

BOUNDS: Final[tuple[float, ...]] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the buckets, in seconds."""
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_Place = tuple[str, str, int]


class Metrics:
    """Counters of one process, by method, route and status."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._buckets: dict[_Place, list[int]] = {}
        self._seconds: dict[_Place, float] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. Methods that no route takes are counted together: callers make them up."""
        place = (method if route != "unmatched" else "any", route, status)
        with self._lock:
            buckets = self._buckets.setdefault(place, [0] * (len(BOUNDS) + 1))
            buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds[place] = self._seconds.get(place, 0.0) + seconds

    def rendered(self) -> str:
        """Return all counters as text."""
        name = "twincast_http_request_seconds"
        lines = [f"# HELP {name} How long requests took.", f"# TYPE {name} histogram"]
        with self._lock:
            for place in sorted(self._buckets):
                lines += _histogram(name, place, self._buckets[place], self._seconds[place])
        return "\n".join(lines) + "\n"


def _histogram(name: str, place: _Place, buckets: list[int], seconds: float) -> list[str]:
    method, route, status = place
    labels = f'method="{method}",route="{route}",status="{status}"'
    lines, total = [], 0
    for bound, count in zip((*BOUNDS, "+Inf"), buckets, strict=True):
        total += count
        lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {total}')
    return [*lines, f"{name}_sum{{{labels}}} {seconds:.6f}", f"{name}_count{{{labels}}} {total}"]
