"""The four plugins of the house: sound, translated, and as Belgian practice wants them."""

import ast
import tomllib
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import polib
import pytest

from eguichet_rdv.plugin import Mode, Procedure, Service
from eguichet_rdv.plugin.testing import check_service, collect_texts
from eguichet_rdv.plugin.translations import translate

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "population": "eguichet_population",
    "etrangers": "eguichet_etrangers",
    "etat-civil": "eguichet_etat_civil",
    "passeports": "eguichet_passeports",
}
COUNTS = {"population": 20, "etrangers": 16, "etat-civil": 15, "passeports": 15}
LANGUAGES = ("fr", "nl", "de")

each_service = pytest.mark.parametrize("code", PACKAGES)


def load(code: str) -> Service:
    service = import_module(PACKAGES[code]).service
    assert isinstance(service, Service)
    return service


def find(service: str, code: str) -> Procedure:
    return next(procedure for procedure in load(service).procedures if procedure.code == code)


def find_all() -> list[Procedure]:
    return [procedure for code in PACKAGES for procedure in load(code).procedures]


@each_service
def test_service_is_sound_and_fully_translated(code: str) -> None:
    assert check_service(load(code), PACKAGES[code]) == []
    assert len(load(code).procedures) == COUNTS[code]


@each_service
def test_entry_point_is_the_code(code: str) -> None:
    folder = ROOT / "plugins" / code.replace("-", "_")
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"] == {"eguichet_rdv.services": {code: f"{PACKAGES[code]}:service"}}
    assert load(code).code == code


@each_service
@pytest.mark.parametrize("language", LANGUAGES)
def test_message_catalogue_holds_what_the_source_says(code: str, language: str) -> None:
    folder = ROOT / "plugins" / code.replace("-", "_") / PACKAGES[code]
    marked = {
        ast.literal_eval(node.args[0])
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
    }
    catalogue = polib.pofile(str(folder / "locale" / language / "LC_MESSAGES" / "django.po"))
    assert {entry.msgid for entry in catalogue} == marked == set(collect_texts(load(code)))
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


@each_service
def test_labels_differ_in_every_language(code: str) -> None:
    for language in LANGUAGES:
        labels = [
            translate(procedure.label, PACKAGES[code], LANGUAGES)[language] for procedure in load(code).procedures
        ]
        assert len(set(labels)) == len(labels)


def test_letters_are_four_and_say_nothing_of_a_zone() -> None:
    letters = {load(code).letter for code in PACKAGES}
    assert len(letters) == 4
    assert letters.isdisjoint("AB")


def test_sensitive_reasons_are_marked() -> None:
    assert sorted(procedure.code for procedure in find_all() if procedure.sensitive) == [
        "attestation-immatriculation",
        "changement-prenom",
        "changement-sexe",
        "euthanasie",
        "titre-voyage",
    ]


def test_only_the_own_municipality_gives_passports_and_kids_id() -> None:
    assert sorted(procedure.code for procedure in find_all() if procedure.residents_only) == [
        "kids-id",
        "passeport-adulte",
        "passeport-mineur",
        "passeport-retrait",
        "passeport-urgence",
    ]


def test_children_come_along() -> None:
    ages = {
        procedure.code: procedure.child_from_age for procedure in find_all() if procedure.child_from_age is not None
    }
    assert ages == {"kids-id": 0, "passeport-mineur": 4}


def test_modes_other_than_online() -> None:
    modes = {procedure.code: procedure.mode for procedure in find_all() if procedure.mode is not Mode.ONLINE}
    assert modes == {"deces": Mode.WALK_IN, "mariage-celebration": Mode.CLERK}


def test_urgent_procedures_stop_at_three() -> None:
    last = {procedure.code: procedure.last_start for procedure in find_all() if procedure.last_start}
    assert last == {"eid-urgence": "15:00", "passeport-urgence": "15:00"}


def test_deadlines_of_the_law() -> None:
    assert find("etat-civil", "naissance").legal_deadline == timedelta(days=15)
    assert find("population", "changement-adresse").legal_deadline == timedelta(days=10)  # 8 working days


def test_collections_follow_applications() -> None:
    follows = {procedure.code: procedure.follows for procedure in find_all() if procedure.follows}
    assert follows == {
        "eid-retrait": "eid-demande",
        "eid-adresse": "changement-adresse",
        "carte-sejour-retrait": "carte-sejour-hors-ue",
        "mariage-celebration": "mariage-declaration",
        "passeport-retrait": "passeport-adulte",
    }


def test_documents_that_can_be_had_online() -> None:
    assert sorted(procedure.code for procedure in find_all() if procedure.online_url) == [
        "casier-595",
        "casier-596-1",
        "certificat-nationalite",
        "certificat-residence",
        "certificat-vie",
        "composition-menage",
        "extrait-acte",
    ]
