"""What is not documented does not exist: commands, settings, addresses, links."""

import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import get_resolver

from eguichet_rdv.api.schemas import AppointmentIn

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
CODE = ("eguichet_rdv", "site", "plugins")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
WRITTEN_ELSEWHERE = {"template.md"}


def list_python_files() -> list[Path]:
    return [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]


def test_every_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if app.startswith("eguichet_rdv")}
    assert ours
    text = (REFERENCE / "commands.md").read_text("utf-8")
    assert sorted(name for name in ours if f"| `{name}" not in text) == []


def test_no_command_is_documented_that_does_not_exist() -> None:
    text = (REFERENCE / "commands.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(\w+)", text, flags=re.MULTILINE))
    assert documented - set(get_commands()) == set()


def test_every_variable_is_documented_and_every_documented_one_is_used() -> None:
    found = {
        name
        for path in list_python_files()
        for name in re.findall(r"EGUICHET_[A-Z][A-Z_]*[A-Z]", path.read_text("utf-8"))
    }
    documented = set(re.findall(r"EGUICHET_[A-Z][A-Z_]*[A-Z]", (REFERENCE / "settings.md").read_text("utf-8")))
    assert found == documented


def test_every_setting_and_mark_of_the_tests_is_documented() -> None:
    text = (REFERENCE / "make.md").read_text("utf-8")
    found = {name for path in (ROOT / "tests").rglob("*.py") for name in re.findall(r"SOAK_[A-Z]+", path.read_text())}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    marks = {line.partition(":")[0] for line in project["tool"]["pytest"]["ini_options"]["markers"]}
    assert sorted(name for name in found | marks if f"`{name}`" not in text) == []


def test_what_the_description_of_the_api_books_can_be_had() -> None:
    (body,) = re.findall(r"\n\n(\{.*?\})\n```", (REFERENCE / "api.md").read_text("utf-8"), re.DOTALL)
    asked = AppointmentIn.model_validate_json(body)
    properties = AppointmentIn.model_json_schema()["properties"]
    (service,), (procedure,) = (properties[name]["examples"] for name in ("service", "procedure"))
    services = [plugin.service for plugin in settings.PLUGINS if plugin.service]
    offered = {(one.code, row.code) for one in services for row in one.procedures}
    assert {(asked.service, asked.procedure), (service, procedure)} <= offered


def test_every_address_with_a_first_word_is_documented() -> None:
    text = (REFERENCE / "addresses.md").read_text("utf-8")
    first = {str(pattern.pattern).partition("/")[0] for pattern in get_resolver().url_patterns}
    plain = {word for word in first if re.fullmatch(r"[a-z]+", word)} - {"documents"}
    assert sorted(word for word in plain if f"/{word}" not in text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_can_be_found_from_the_index() -> None:
    linked = {(page.parent / target).resolve() for page in PAGES for target in LINK.findall(page.read_text("utf-8"))}
    lost = [page for page in PAGES if page.resolve() not in linked and page.name not in WRITTEN_ELSEWHERE]
    assert [str(page.relative_to(ROOT)) for page in lost if page.name != "README.md"] == []


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    files = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    assert [name for name in files if f"({name})" not in listed] == []
    numbers = [name[:4] for name in files]
    assert numbers == [f"{number:04d}" for number in range(1, len(files) + 1)]
