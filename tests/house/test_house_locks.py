"""The lock files: hashes for everything, no index host, no path of any machine, one version of each package."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted(REPOSITORY.glob("requirements*.lock"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,]+\])?==(\S+)", re.MULTILINE)


def pins(path: Path) -> dict[str, set[str]]:
    """The versions of each package in a lock file: one, or one for each range of Python versions."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(path.read_text()):
        found.setdefault(name, set()).add(version)
    return found


def required_names(requirements: list[str]) -> set[str]:
    """The bare names of a list of requirements."""
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    """The project file."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())


class TestEveryLock:
    def test_there_are_six(self) -> None:
        names = [path.name for path in LOCKS]
        assert names == [
            *(f"requirements-{name}.lock" for name in ("demo", "dev", "peers", "uv", "weights")),
            "requirements.lock",
        ]

    @pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
    def test_names_no_host_and_no_path(self, path: Path) -> None:
        words = re.findall(r"\S*(?:://|file:|@ |^-|--(?!hash=sha256:)|/)\S*", path.read_text(), re.MULTILINE)
        assert words == []

    @pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
    def test_each_package_has_hashes(self, path: Path) -> None:
        entries = re.split(r"\n(?=\S)", path.read_text().strip())
        without = [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)]
        assert entries
        assert without == []

    @pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
    def test_holds_only_pinned_packages(self, path: Path) -> None:
        entries = re.split(r"\n(?=\S)", path.read_text().strip())
        assert [entry for entry in entries if not PIN.match(entry)] == []


class TestLocksAgree:
    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-demo.lock"])
    def test_the_developers_lock_holds_all_of_the_others(self, name: str) -> None:
        everything = pins(REPOSITORY / "requirements-dev.lock")
        differing = {
            package: versions
            for package, versions in pins(REPOSITORY / name).items()
            if everything.get(package) != versions
        }
        assert differing == {}

    def test_each_runtime_dependency_is_locked(self, project: dict[str, dict[str, list[str]]]) -> None:
        wanted = required_names(project["project"]["dependencies"]) | {"hatchling"}
        assert wanted <= set(pins(REPOSITORY / "requirements.lock"))

    def test_the_runtime_needs_no_tool_of_the_developer(self) -> None:
        assert not {"pytest", "mypy", "ruff", "hypothesis"} & set(pins(REPOSITORY / "requirements.lock"))

    def test_each_extra_and_each_tool_is_locked_for_developers(self, project: dict[str, dict[str, object]]) -> None:
        extras = project["project"]["optional-dependencies"]
        groups = project["dependency-groups"]
        assert isinstance(extras, dict)
        assert isinstance(groups, dict)
        peers = groups.pop("peers")
        assert isinstance(peers, list)
        wanted = [name for names in [*extras.values(), *groups.values()] for name in names]
        assert required_names(wanted) <= set(pins(REPOSITORY / "requirements-dev.lock"))
        assert required_names(peers) <= set(pins(REPOSITORY / "requirements-peers.lock"))
