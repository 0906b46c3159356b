"""What a process and its children use, as Linux tells it."""

import os
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = 1024


def family(pid: int) -> list[int]:
    """Return a process and all that it began."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [one for child in path.read_text().split() for one in family(int(child))]
    return found


def cpu(pid: int) -> float:
    """Return the seconds of processor time that a process and its children have used."""
    return sum(_ticks(one) for one in family(pid)) / TICKS


def resident(pid: int) -> int:
    """Return the bytes that a process and its children hold in memory now."""
    return sum(_status(one, "VmRSS") for one in family(pid))


def peak(pid: int) -> int:
    """Return the most bytes that a process and its children ever held, each by itself."""
    return sum(_status(one, "VmHWM") for one in family(pid))


def _ticks(pid: int) -> int:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(parts[11]) + int(parts[12])


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * PAGE for line in lines if line.startswith(f"{name}:"))
