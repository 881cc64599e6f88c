import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import polib
import pytest

from eguichet_rdv.plugin import DeclarationError
from eguichet_rdv.plugin.scaffold import write_plugin
from eguichet_rdv.plugin.testing import check_service, collect_texts


@pytest.fixture(autouse=True)
def forget_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith("eguichet_"):
            sys.modules.pop(module)


@pytest.mark.parametrize(("name", "letter"), [("urbanisme", "U"), ("objets-trouves", "B"), ("io", "X")])
def test_written_plugin_is_sound(name: str, letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_plugin(name, tmp_path)
    folder = tmp_path / name.replace("-", "_")
    assert sorted(file.relative_to(folder).as_posix() for file in files) == sorted(
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
    )
    package = f"eguichet_{folder.name}"
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"] == {"eguichet_rdv.services": {name: f"{package}:service"}}
    monkeypatch.syspath_prepend(str(folder))
    service = import_module(package).service
    assert (service.code, service.letter) == (name, letter)
    assert check_service(service) == []
    for language in ("fr", "nl", "de"):
        catalogue = polib.pofile(str(folder / package / "locale" / language / "LC_MESSAGES" / "django.po"))
        assert catalogue.metadata["Language"] == language
        assert {entry.msgid for entry in catalogue} == set(collect_texts(service))
    assert f'echo "-e ../{folder.name}" >> plugins.local.txt' in (folder / "README.md").read_text("utf-8")


def test_written_plugin_passes_its_own_test(tmp_path: Path) -> None:
    write_plugin("urbanisme", tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", "tests"],
        cwd=tmp_path / "urbanisme",
        env={"PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in run.stdout, run.stdout + run.stderr


@pytest.mark.parametrize("name", ["", "Urbanisme", "../urbanisme", "urban_isme", "1er", "a" * 41])
def test_impossible_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="can't be the name of a service"):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "urbanisme").mkdir()
    with pytest.raises(FileExistsError, match="already exists"):
        write_plugin("urbanisme", tmp_path)
