import json
import os
from pathlib import Path

import pytest

from eguichet_rdv.plugin.loader import Discovered, Status, check, discover
from eguichet_rdv.plugin.probe import HANGS, PROBING
from tests.plugin.conftest import Install, write_service

REAL = ("population", "etrangers", "etat-civil", "etat_civil", "passeports")
"""The plugins of the house are not what is on trial here."""


def discover_trials(
    cache: Path | None = None, *, disabled: tuple[str, ...] = (), limit: float = 20.0
) -> list[Discovered]:
    found = discover(cache, disabled=(*REAL, *disabled), limit=limit)
    return [plugin for plugin in found if plugin.distribution.startswith("trial-")]


def test_sound_plugin_is_active(install: Install) -> None:
    install("parking", write_service("parking"))
    (plugin,) = discover_trials()
    assert plugin.status is Status.ACTIVE
    assert not plugin.problem
    assert plugin.service is not None
    assert (plugin.name, plugin.package, plugin.distribution, plugin.version) == (
        "parking",
        "trial_parking",
        "trial-parking",
        "1.0",
    )


def test_eight_broken_plugins_are_sentences_and_another_works(install: Install, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    install("a-raises", "raise RuntimeError('no database')")
    install("b-exits", "import sys; sys.exit(3)")
    install(
        "c-hangs",
        f"import os, pathlib, time\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\ntime.sleep(30)",
    )
    install("d-type", "service = {'code': 'd-type'}")
    install("e-api", write_service("e-api", api=2))
    install("f-entry", write_service("other"))
    install("g-code", write_service("g-code"), distribution="trial-g1")
    install("g-code", write_service("g-code", letter="Y"), distribution="trial-g2")
    install("h-minutes", write_service("h-minutes", minutes=7))
    install("i-sound", write_service("i-sound", letter="W"))

    found = discover_trials(limit=4.0)

    assert [(plugin.name, plugin.status) for plugin in found] == [
        ("a-raises", Status.BROKEN),
        ("b-exits", Status.BROKEN),
        ("c-hangs", Status.BROKEN),
        ("d-type", Status.BROKEN),
        ("e-api", Status.INCOMPATIBLE),
        ("f-entry", Status.BROKEN),
        ("g-code", Status.BROKEN),
        ("g-code", Status.BROKEN),
        ("h-minutes", Status.BROKEN),
        ("i-sound", Status.ACTIVE),
    ]
    assert [plugin.problem for plugin in found] == [
        "It can't be imported: RuntimeError: no database",
        "It ended the program when it was imported (sys.exit).",
        HANGS,
        "The entry point names a dict; it must name a Service.",
        (
            "It is written for version 2 of the plugin contract; this installation knows version 1. "
            "Update the framework, or install an older version of the plugin."
        ),
        "The service has the code « other », but its entry point is called « f-entry ».",
        *["The code « g-code » is declared by trial-g1 and trial-g2; none of them is used. Remove one."] * 2,
        "The duration of Procedure « permit » is 0:07:00; it must be a multiple of 5 minutes, from 0:05:00 to 8:00:00.",
        "",
    ]
    assert [plugin.service is not None for plugin in found] == [plugin.status is Status.ACTIVE for plugin in found]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)  # the one that hung was ended


@pytest.mark.parametrize("newcomer", ["another", "zealous"])
def test_a_newcomer_does_not_take_a_code_over(install: Install, newcomer: str) -> None:
    install("parking", write_service("parking"), distribution="trial-parking")
    install("parking", write_service("parking"), distribution=f"trial-{newcomer}")
    assert [plugin.service for plugin in discover_trials()] == [None, None]


def test_plugin_that_kills_its_process_is_broken(install: Install) -> None:
    install("parking", "import os; os._exit(7)")
    (plugin,) = discover_trials()
    assert (plugin.status, plugin.problem) == (
        Status.BROKEN,
        "It ended the program when it was imported (exit code 7).",
    )


def test_what_a_plugin_prints_is_not_taken_for_an_answer(install: Install) -> None:
    install("parking", 'print(\'{"problem": "mine"}\')\n' + write_service("parking"))
    (plugin,) = discover_trials()
    assert plugin.status is Status.ACTIVE


def test_missing_module_and_missing_name_are_sentences(install: Install) -> None:
    install("no-module", "", value="trial_nowhere:service")
    install("no-name", "")
    problems = [plugin.problem for plugin in discover_trials()]
    assert problems == [
        "It can't be imported: ModuleNotFoundError: No module named 'trial_nowhere'",
        "It can't be imported: AttributeError: module 'trial_no_name' has no attribute 'service'",
    ]


@pytest.mark.parametrize("entries", ["parking", "parking = 1 2 3", "= trial_parking:service", "parking ="])
def test_malformed_entry_point_is_broken(install: Install, entries: str) -> None:
    install("parking", write_service("parking"), entries=entries)
    assert [plugin.status for plugin in discover_trials()] == [Status.BROKEN]


def test_disabled_plugin_is_not_even_imported(install: Install, tmp_path: Path) -> None:
    trace = tmp_path / "imported"
    install("parking", f"import pathlib; pathlib.Path({str(trace)!r}).touch()\n" + write_service("parking"))
    (plugin,) = discover_trials(disabled=("parking",))
    assert (plugin.status, plugin.problem, plugin.service) == (Status.DISABLED, "", None)
    assert not trace.exists()


def test_same_letter_is_a_warning_only(install: Install) -> None:
    install("parking", write_service("parking", letter="Z"))
    install("sport", write_service("sport", letter="Z"))
    first, second = discover_trials()
    assert (first.status, second.status) == (Status.ACTIVE, Status.ACTIVE)
    assert not first.problem
    assert second.problem == (
        "It proposes the letter Z, which « parking » proposes too; choose another letter for one of them."
    )


def test_older_contract_is_accepted_with_a_warning(install: Install) -> None:
    install("parking", write_service("parking"))
    (plugin,) = discover_trials()
    assert check("parking", plugin.service, api=2) == (
        Status.ACTIVE,
        "It is written for version 1 of the plugin contract and still works with version 2; update it when you can.",
    )


def test_two_services_of_one_distribution(install: Install) -> None:
    source = write_service("parking") + write_service("sport", letter="Y").replace("service =", "sport =")
    install("x", source, entries="parking = trial_x:service\nsport = trial_x:sport")
    assert [(plugin.name, plugin.package, plugin.status) for plugin in discover_trials()] == [
        ("parking", "trial_x", Status.ACTIVE),
        ("sport", "trial_x", Status.ACTIVE),
    ]


def test_module_inside_a_package_names_the_package(install: Install, tmp_path: Path) -> None:
    install("parking", "", value="trial_parking.declared:service")
    (tmp_path / "trial_parking" / "declared.py").write_text(write_service("parking"), "utf-8")
    (plugin,) = discover_trials()
    assert (plugin.status, plugin.package) == (Status.ACTIVE, "trial_parking")


@pytest.mark.parametrize("part", ["models.py", "apps.py", "wagtail_hooks.py", "templatetags/__init__.py"])
def test_plugin_that_programs_is_broken(install: Install, tmp_path: Path, part: str) -> None:
    install("parking", write_service("parking"))
    file = tmp_path / "trial_parking" / part
    file.parent.mkdir(exist_ok=True)
    file.write_text("raise RuntimeError", "utf-8")
    (plugin,) = discover_trials()
    assert (plugin.status, plugin.problem) == (
        Status.BROKEN,
        (
            f"Its package « trial_parking » contains {Path(part).parts[0].removesuffix('.py')}; "
            "a plugin declares, it must not program."
        ),
    )


def test_packages_that_end_alike_are_not_both_active(install: Install, tmp_path: Path) -> None:
    for name, letter in (("parking", "Z"), ("sport", "Y")):
        install(name, "", value=f"trial_{name}.town:service")
        (tmp_path / f"trial_{name}" / "town").mkdir()
        (tmp_path / f"trial_{name}" / "town" / "__init__.py").write_text(write_service(name, letter=letter), "utf-8")
    first, second = discover_trials()
    assert (first.status, second.status) == (Status.ACTIVE, Status.BROKEN)
    assert (
        second.problem == "The packages « trial_parking.town » and « trial_sport.town » end alike; rename one of them."
    )


def test_success_is_remembered_until_a_file_changes(install: Install, tmp_path: Path) -> None:
    probes, cache = tmp_path / "probes", tmp_path / "cache" / "plugins.json"
    source = f"import os\nif {PROBING!r} in os.environ:\n    open({str(probes)!r}, 'a').write('x')\n" + write_service(
        "parking"
    )
    install("parking", source)
    for _unused in range(2):
        (plugin,) = discover_trials(cache)
        assert plugin.status is Status.ACTIVE
    assert probes.read_text() == "x"

    os.utime(tmp_path / "trial_parking" / "__init__.py", ns=(1, 1))
    discover_trials(cache)
    assert probes.read_text() == "xx"


def test_quick_failure_is_asked_again_and_slow_one_is_not(install: Install, tmp_path: Path) -> None:
    cache = tmp_path / "plugins.json"
    missing = tmp_path / "trial_library.py"
    install("parking", "import trial_library\n" + write_service("parking"))
    install("slow", "import time; time.sleep(30)")
    first, slow = discover_trials(cache, limit=3.0)
    assert first.problem == "It can't be imported: ModuleNotFoundError: No module named 'trial_library'"
    assert slow.problem == HANGS
    assert [entry["problem"] for entry in json.loads(cache.read_text()).values()] == [HANGS]

    missing.touch()
    first, slow = discover_trials(cache)
    assert (first.status, slow.problem) == (Status.ACTIVE, HANGS)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"trial-parking 1.0 trial_parking:service": 1}', "\xff"])
def test_damaged_cache_is_no_cache(install: Install, tmp_path: Path, content: str) -> None:
    cache = tmp_path / "plugins.json"
    cache.write_bytes(content.encode("latin-1"))
    install("parking", write_service("parking"))
    (plugin,) = discover_trials(cache)
    assert plugin.status is Status.ACTIVE
    assert list(json.loads(cache.read_text())) == ["trial-parking 1.0 trial_parking:service"]


def test_unwritable_cache_is_no_problem(install: Install) -> None:
    install("parking", write_service("parking"))
    (plugin,) = discover_trials(Path("/proc/nowhere/plugins.json"))
    assert plugin.status is Status.ACTIVE


def test_probe_starts_no_probes(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("parking", write_service("parking"))
    monkeypatch.setenv(PROBING, "1")
    assert discover() == ()
