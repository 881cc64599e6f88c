"""A service nobody here has heard of comes, works and goes; broken ones do no harm. Processes of their own throughout."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import polib
import pytest

from tests.harness.processes import PYTHON, ROOT
from tests.plugin.conftest import write_service

FRENCH = {"Urbanisme": "Urbanisme", "Hand in a file": "Remettre un dossier", "Identity card": "Carte d’identité"}
TUTORIAL = (ROOT / "docs" / "tutorial" / "new-service.md").read_text("utf-8")
LIMIT = 120
"""Seconds a command may take on a busy machine."""


class Town:
    """An installation of its own data and database; ``site_packages`` holds what was installed in addition."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self.site_packages = directory / "site-packages"
        self.site_packages.mkdir()
        self.env = os.environ | {
            "DATA_DIR": str(directory / "data"),
            "DJANGO_SETTINGS_MODULE": "eguichet_site.settings.testing",
            "EGUICHET_DATABASE_URL": database_url,
            "EGUICHET_DISABLED_PLUGINS": "etat-civil,etrangers,passeports",  # one service of the house is enough
            "EGUICHET_HOSTS": "testserver",
            "EGUICHET_REDIS_URL": "",
            "PYTHONPATH": str(self.site_packages),
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python to its end; it has to succeed."""
        finished = subprocess.run(
            [PYTHON, *command], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=LIMIT, check=False
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished

    def manage(self, *words: str) -> str:
        """What a management command says, on both outputs."""
        finished = self.run("site/manage.py", *words)
        return finished.stdout + finished.stderr

    def look(self, *steps: str) -> dict[str, Any]:
        """The answers of the steps of ``tests.plugins.look``, by step."""
        answers: dict[str, Any] = json.loads(self.run("-m", "tests.plugins.look", *steps).stdout)
        return answers

    def install(self, project: Path) -> None:
        """Leave what a package manager leaves, without building: the package and its metadata."""
        declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
        (package,) = declared["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        shutil.copytree(project / package, self.site_packages / package)
        ((group, entries),) = declared["project"]["entry-points"].items()
        name, version = declared["project"]["name"], declared["project"]["version"]
        ((code, value),) = entries.items()
        self.write_metadata(name, version, f"[{group}]\n{code} = {value}\n")

    def install_source(self, name: str, source: str, distribution: str) -> None:
        """Install a plugin of one file."""
        module = distribution.replace("-", "_")
        (self.site_packages / f"{module}.py").write_text(source, "utf-8")
        self.write_metadata(distribution, "1.0", f"[eguichet_rdv.services]\n{name} = {module}:service\n")

    def write_metadata(self, distribution: str, version: str, entry_points: str) -> None:
        """The folder by which Python knows an installed distribution."""
        info = self.site_packages / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", "utf-8")
        (info / "entry_points.txt").write_text(entry_points, "utf-8")

    def uninstall_all(self) -> None:
        """Take everything away that was installed in addition."""
        shutil.rmtree(self.site_packages)
        self.site_packages.mkdir()


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    return Town(tmp_path, database_url)


def translate(catalogue: Path) -> None:
    """Fill in and compile a message catalogue, as the author of a plugin does."""
    messages = polib.pofile(str(catalogue))
    for entry in messages:
        entry.msgstr = FRENCH.get(entry.msgid, "")
    messages.save()
    messages.save_as_mofile(str(catalogue.with_suffix(".mo")))


def follow_tutorial(declaration: Path) -> None:
    """Change the service as step 1 shows it."""
    (shown,) = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
    before = declaration.read_text("utf-8")
    declaration.write_text(before[: before.index("service = Service(")] + shown, "utf-8")


def test_a_new_service_comes_works_and_goes(town: Town, tmp_path: Path) -> None:
    assert f"-e {tmp_path}/urbanisme" in town.manage("startservice", "urbanisme", "--dir", str(tmp_path))
    assert town.look("sync")["sync"][0].startswith("new: population, population/")
    project = tmp_path / "urbanisme"
    follow_tutorial(project / "eguichet_urbanisme" / "__init__.py")
    translate(project / "eguichet_urbanisme" / "locale" / "fr" / "LC_MESSAGES" / "django.po")

    town.install(project)
    coming = town.look("sync", "receive", "offer", "reserve")
    promised = re.search(r"\nprints\n\n((?: {4}.*\n)+)", TUTORIAL)
    assert promised
    assert coming["sync"] == [line.strip() for line in promised[1].splitlines()]
    assert coming["offer"] == {
        "listed": True,
        "found": True,
        "page": 200,
        "bookable": True,
        "wizard": [200, ["visit"]],
        "api": [
            ["information", "Information", ["maison-communale"]],
            ["permit", "Building permit: hand in the file", ["maison-communale"]],
            ["file", "Remettre un dossier", ["maison-communale"]],
        ],
        "starts": [200, 19],
        "kiosk": {"letter": "U", "walk_in": True},
        "others": ["population"],
    }
    assert coming["reserve"] == "confirmed"

    town.uninstall_all()
    gone = town.look("sync", "offer", "keep")
    assert gone["sync"] == [
        "changed: plugin urbanisme",
        "retired: urbanisme, urbanisme/information, urbanisme/permit, urbanisme/file",
    ]
    assert gone["offer"] == coming["offer"] | {
        "listed": False,
        "found": False,
        "page": 410,
        "bookable": False,
        "wizard": [404, []],
        "api": [],
        "starts": [404, 0],
        "kiosk": None,
    }
    assert gone["keep"] == {
        "page": 200,
        "label": True,
        "bring": True,
        "manage-move": 200,
        "manage-cancel": 200,
        "manage-pdf": 200,
        "manage-ics": 200,
        "state": "confirmed",
        "arrival": ["ticket", "U"],
    }


BROKEN = {
    "a-raises": ("raise RuntimeError('no database')", "It can't be imported: RuntimeError: no database"),
    "b-exits": ("import sys; sys.exit(3)", "It ended the program when it was imported (sys.exit)."),
    "c-hangs": ("import time; time.sleep(30)", "Importing it takes too long; it was stopped."),
    "d-type": ("service = {'code': 'd-type'}", "The entry point names a dict; it must name a Service."),
    "e-api": (
        write_service("e-api", api=2),
        (
            "It is written for version 2 of the plugin contract; this installation knows version 1. "
            "Update the framework, or install an older version of the plugin."
        ),
    ),
    "f-entry": (
        write_service("other"),
        "The service has the code « other », but its entry point is called « f-entry ».",
    ),
    "h-minutes": (
        write_service("h-minutes", minutes=7),
        "The duration of Procedure « permit » is 0:07:00; it must be a multiple of 5 minutes, from 0:05:00 to 8:00:00.",
    ),
    "population": (
        write_service("population"),
        (
            "The code « population » is declared by eguichet-rdv-population and trial-population; none of them is used. "
            "Remove one."
        ),
    ),
}
"""Name of the entry point → what is installed under it, and the sentence that says what is wrong with it."""


def test_eight_broken_plugins_leave_the_site_working(town: Town) -> None:
    before = town.look("sync", "administer")["administer"]
    assert before["offered"]
    for name, (source, _sentence) in BROKEN.items():
        town.install_source(name, source, f"trial-{name}")
    said = town.manage("check")
    answers = town.look("sync", "administer")
    reported, seen = answers["sync"], answers["administer"]
    expected = [
        [name, f"trial-{name}", "incompatible" if name == "e-api" else "broken", sentence]
        for name, (_source, sentence) in BROKEN.items()
    ]
    assert [record for record in seen["records"] if record[1].startswith("trial-")] == expected
    assert [line for line in reported if line.startswith(("new:", "retired:"))] == []
    assert seen["offered"] == before["offered"]
    for name, distribution, status, sentence in expected:
        line = f"({distribution} 1.0) is {status}: {sentence}"
        assert said.count(f"The plugin « {name} » {line}") == 1
        assert f"{name} {line}" in reported
        assert sentence in unescape(seen["page"])
    assert (seen["health"], seen["catalogue"]) == (200, 200)
