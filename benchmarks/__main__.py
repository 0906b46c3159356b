"""Runs the benchmarks that were named, or all of them, and prints a table or one JSON document."""

import argparse
import json
import os
import platform
import sys
from importlib import import_module

from benchmarks.figures import show

NAMES = {
    "speed": "Speed of the Python interface",
    "files": "A million customers, file to file",
    "allocation": "Who gets what: 100,000 customers x 5 offers",
    "http": "Requests per second",
    "sessions": "What a session costs",
    "checkpoints": "What marking and restoring a session costs",
    "load": "How long a test takes while a batch runs",
    "jobs": "What durability costs a job, and what a second worker brings",
    "accuracy": "The prior on real outcomes",
    "llm": "What a language model costs, beside a stub that takes half a second",
    "answers": "What LLM twins say, calibrated, beside real answers",
    "learned": "What is learned from real outcomes, beside its peers",
    "policy": "Whom to send another e-mail than the best one, on a randomised test",
}


def main() -> int:
    """Run them; 1 if a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(NAMES)}; all without one")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    found = {}
    for name in asked.names or NAMES:
        print(f"measuring {name} ...", file=sys.stderr)
        try:
            found[name] = import_module(f"benchmarks.{name}").measure()
        except FileNotFoundError as error:
            print(f"skipped {name}: {error}", file=sys.stderr)
            continue
        if not asked.json:
            show(NAMES[name], found[name])
    if asked.json:
        machine = {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
        documents = {name: [figure.document() for figure in figures] for name, figures in found.items()}
        print(json.dumps({"machine": machine, **documents}, indent=2, allow_nan=False))
    return int(any(figure.met is False for figures in found.values() for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
