"""Writes real installed distributions, as a package manager would leave them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Install = Callable[..., str]

SOUND = """
from eguichet_rdv.plugin import Procedure, Service, _, minutes

service = Service(
    code="{code}", label=_("Parking"), letter="{letter}", api={api},
    procedures=(Procedure("permit", _("Parking permit"), minutes({minutes})),),
)
"""


def write_service(code: str, *, letter: str = "Z", api: int = 1, minutes: int = 10) -> str:
    return SOUND.format(code=code, letter=letter, api=api, minutes=minutes)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install one plugin: ``install(name, source)``; the answer is the name of its distribution."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def _install(
        name: str, source: str, *, distribution: str = "", value: str = "", version: str = "1.0", entries: str = ""
    ) -> str:
        distribution = distribution or f"trial-{name}"
        module = distribution.replace("-", "_")
        package = tmp_path / module
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(source, "utf-8")
        info = tmp_path / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", "utf-8")
        entry = entries or f"{name} = {value or f'{module}:service'}"
        (info / "entry_points.txt").write_text(f"[eguichet_rdv.services]\n{entry}\n", "utf-8")
        return distribution

    yield _install
    for module in set(sys.modules) - before:
        if module.startswith("trial_"):
            del sys.modules[module]
