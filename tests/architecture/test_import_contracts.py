"""Each import contract is broken once on purpose: a rule that has never been seen to fail is a wish."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.harness.processes import PYTHON, ROOT

SOURCES = ("eguichet_rdv", "site", "plugins", "kiosk_bridge")
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {contract["id"]: contract for contract in LINTER["contracts"]}
PLUGINS = CONTRACTS["siblings"]["modules"]

FOLDERS_ABOVE = {"site": 1, "plugins": 2, "kiosk_bridge": 1}
"""Folders of the tree that are above a package."""
BREAKS = [
    # contract, module that gets the line, the line
    ("site", "eguichet_rdv/common/broken.py", "import eguichet_site"),
    ("site", "eguichet_rdv/demo/broken.py", "import eguichet_site.urls"),
    ("rooms", "eguichet_rdv/booking/broken.py", "import eguichet_rdv.desk"),
    ("rooms", "eguichet_rdv/kiosk/broken.py", "import eguichet_rdv.reception"),
    ("rooms", "eguichet_rdv/screens/broken.py", "import eguichet_rdv.api"),
    ("rooms", "eguichet_rdv/booking/broken.py", "import eguichet_rdv.demo"),
    ("rooms", "eguichet_rdv/waiting/broken.py", "import eguichet_rdv.desk"),
    ("rooms", "eguichet_rdv/scheduling/broken.py", "import eguichet_rdv.waiting"),
    ("rooms", "eguichet_rdv/townhall/broken.py", "import eguichet_rdv.scheduling"),
    ("rooms", "eguichet_rdv/catalogue/broken.py", "import eguichet_rdv.townhall"),
    ("rooms", "eguichet_rdv/messaging/broken.py", "import eguichet_rdv.catalogue"),
    ("rooms", "eguichet_rdv/messaging/broken.py", "import eguichet_rdv.ledger"),
    ("rooms", "eguichet_rdv/plugin/broken.py", "import eguichet_rdv.accounts"),
    ("rooms", "eguichet_rdv/plugin/broken.py", "import eguichet_rdv.common"),
    ("rooms", "eguichet_rdv/unknown_room/__init__.py", ""),
    ("domain", "eguichet_rdv/scheduling/enums.py", "import eguichet_rdv.scheduling.models"),
    ("domain", "eguichet_rdv/scheduling/domain/broken.py", "import eguichet_rdv.scheduling.forms"),
    ("domain", "eguichet_rdv/scheduling/forms.py", "import eguichet_rdv.scheduling.wagtail_hooks"),
    *(
        ("domain", f"{container.replace('.', '/')}/models.py", f"import {container}.domain")
        for container in CONTRACTS["domain"]["containers"]
    ),
    ("plugin-contract", "eguichet_rdv/plugin/broken.py", "import django.db"),
    ("plugin-contract", "eguichet_rdv/plugin/broken.py", "import wagtail"),
    ("plugins", "plugins/population/eguichet_population/broken.py", "import eguichet_rdv.common"),
    ("plugins", "plugins/passeports/eguichet_passeports/broken.py", "import eguichet_rdv.scheduling.models"),
    ("plugins", "plugins/etat_civil/eguichet_etat_civil/broken.py", "import django.db"),
    ("plugins", "plugins/etrangers/eguichet_etrangers/broken.py", "import eguichet_site"),
    ("siblings", "plugins/population/eguichet_population/broken.py", "import eguichet_etrangers"),
    ("bridge", "kiosk_bridge/eguichet_kiosk_bridge/broken.py", "import eguichet_rdv.plugin"),
    ("bridge", "kiosk_bridge/eguichet_kiosk_bridge/broken.py", "import django"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources."""
    tmp_path = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "locale", "*.egg-info")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    # Every layer of a room exists, so that any of them can be imported from the wrong side.
    for container in CONTRACTS["domain"]["containers"]:
        room = tmp_path / container.replace(".", "/")
        (room / "domain").mkdir(exist_ok=True)
        for name in ("domain/__init__.py", "models.py", "enums.py", "forms.py", "wagtail_hooks.py"):
            (room / name).touch()
    return tmp_path


def lint_imports(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    places = [tree, tree / "site", tree / "kiosk_bridge", *sorted((tree / "plugins").iterdir())]
    return subprocess.run(
        [str(Path(PYTHON).parent / "lint-imports"), "--no-cache", *words],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, places)), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tree_as_it_is_keeps_every_contract(tree: Path) -> None:
    finished = lint_imports(tree)
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in finished.stdout, finished.stdout
    assert finished.returncode == 0


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_broken_contract_is_named(tree: Path, tmp_path: Path, contract: str) -> None:
    """All breaks of one contract at once, since reading the whole tree takes a second; each is named by itself."""
    spoilt = tmp_path / "spoilt"
    shutil.copytree(tree, spoilt)
    expected = {break_tree(spoilt, number, path, line) for number, (_, path, line) in enumerate(list_breaks(contract))}
    finished = lint_imports(spoilt, "--contract", contract)
    assert f"{CONTRACTS[contract]['name']} BROKEN" in finished.stdout, finished.stdout + finished.stderr
    assert {text for text in expected if text not in finished.stdout} == set(), finished.stdout
    assert finished.returncode == 1


def list_breaks(contract: str) -> list[tuple[str, str, str]]:
    return [case for case in BREAKS if case[0] == contract]


def break_tree(tree: Path, number: int, path: str, line: str) -> str:
    """Write the line into the module; the words with which the linter must name it."""
    broken = tree / path.replace("broken.py", f"broken_{number}.py")
    broken.parent.mkdir(exist_ok=True)
    with broken.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    parts = broken.relative_to(tree).with_suffix("").parts
    module = ".".join(parts[FOLDERS_ABOVE.get(parts[0], 0) :]).removesuffix(".__init__")
    return f"{module} -> {line.removeprefix('import ').split('.')[0]}" if line else module


def test_every_contract_is_broken_by_at_least_one_case() -> None:
    assert {contract for contract, _path, _line in BREAKS} == set(CONTRACTS)


def test_every_plugin_is_under_contract() -> None:
    found = {path.parent.name for path in ROOT.glob("plugins/*/eguichet_*/__init__.py")}
    assert found == set(PLUGINS) == set(CONTRACTS["plugins"]["source_modules"])
    assert found <= set(LINTER["root_packages"])


def test_every_room_with_a_domain_is_under_contract() -> None:
    found = {f"eguichet_rdv.{path.parent.name}" for path in ROOT.glob("eguichet_rdv/*/domain")}
    assert found == set(CONTRACTS["domain"]["containers"])
