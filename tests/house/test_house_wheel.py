"""The wheel: what is built holds every file of the package, data and migrations included, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src"
LEFT_BEHIND = {".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of this checkout, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.slow
class TestWheel:
    def test_holds_every_file_of_the_package(self, wheel: zipfile.ZipFile) -> None:
        ours = {path for path in (SOURCE / "twincast").rglob("*") if path.is_file() and path.suffix not in LEFT_BEHIND}
        expected = {path.relative_to(SOURCE).as_posix() for path in ours}
        built = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert built == expected

    def test_says_that_it_is_typed_and_under_which_licence(self, wheel: zipfile.ZipFile) -> None:
        names = wheel.namelist()
        assert "twincast/py.typed" in names
        assert any(name.endswith("licenses/LICENSE") for name in names)

    def test_installs_the_command(self, wheel: zipfile.ZipFile) -> None:
        (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        assert "twincast = twincast.entrypoints.cli.main:main" in wheel.read(name).decode()
