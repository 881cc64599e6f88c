from datetime import UTC, datetime

import pytest
from django.conf import settings

from eguichet_rdv.catalogue.domain.search import find_procedures, split_words
from eguichet_rdv.catalogue.domain.sync import sync_catalogue
from eguichet_rdv.catalogue.models import Procedure, Service

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    sync_catalogue(settings.PLUGINS, now=NOW, pages=False)


def search(text: str, language: str = "fr") -> list[str]:
    return [found.listed.procedure.code for found in find_procedures(text, language) if found.listed]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("carte identité", "fr", "eid-demande"),
        ("carte d'identité", "fr", "eid-demande"),
        ("carte didentite", "fr", "eid-demande"),
        ("CARTE IDENTITE", "fr", "eid-demande"),
        ("identiteitskaart", "nl", "eid-demande"),
        ("identiteitskaart", "fr", "eid-demande"),
        ("identitietskaart", "nl", "eid-demande"),
        ("Personalausweis", "de", "eid-demande"),
        ("id card", "en", "eid-demande"),
        ("casier", "fr", "casier-595"),
        ("extrait de casier judiciaire", "fr", "casier-595"),
        ("certificat de bonne vie et mœurs", "fr", "casier-595"),
        ("596.2", "fr", "casier-596-2"),
        ("strafblad", "nl", "casier-595"),
        ("Führungszeugnis", "de", "casier-595"),
        ("annexe 33", "fr", "etudiant-annexe33"),
        ("annexe33", "fr", "etudiant-annexe33"),
        ("bijlage 33", "nl", "etudiant-annexe33"),
        ("annexe 15", "fr", "annexe-15"),
        ("passeport", "fr", "passeport-adulte"),
        ("paseport", "fr", "passeport-adulte"),
        ("passport", "fr", "passeport-adulte"),
        ("paspoort", "nl", "passeport-adulte"),
        ("Reisepass", "de", "passeport-adulte"),
        ("déménagement", "fr", "changement-adresse"),
        ("je déménage", "fr", "changement-adresse"),
        ("verhuizen", "nl", "changement-adresse"),
        ("Umzug", "de", "changement-adresse"),
        ("composition de menage", "fr", "composition-menage"),
        ("gezinssamenstelling", "nl", "composition-menage"),
        ("kids id", "fr", "kids-id"),
        ("carte enfant", "fr", "kids-id"),
        ("permis international", "fr", "permis-international"),
        ("permis de conduire", "fr", "permis-premier"),
        ("se marier", "fr", "mariage-declaration"),
        ("trouwen", "nl", "mariage-declaration"),
        ("acte de naissance", "fr", "extrait-acte"),
        ("code pin", "fr", "eid-pin-puk"),
        ("carte perdue", "fr", "eid-perte"),
        ("nationalité", "fr", "nationalite"),
    ],
)
def test_people_find_what_they_mean(text: str, language: str, expected: str) -> None:
    assert expected in search(text, language)[:5]


def test_the_best_answer_comes_first() -> None:
    assert search("annexe 33")[0] == "etudiant-annexe33"
    assert search("casier 596.2")[0] == "casier-596-2"
    assert search("kids-id")[0] == "kids-id"


@pytest.mark.parametrize("text", ["", "   ", "?", "xylophone", "33333", "%n {{7*7}} <script>", "é" * 200])
def test_nonsense_finds_nothing_and_harms_nothing(text: str) -> None:
    assert search(text) == []


def test_a_retired_procedure_is_not_found() -> None:
    Procedure.objects.filter(code="kids-id").update(retired_at=NOW)
    assert "kids-id" not in search("kids-id")


def test_a_service_without_appointments_is_found_with_where_to_go() -> None:
    Service.objects.create(
        code="police",
        labels={"fr": "Police administrative", "nl": "Bestuurlijke politie"},
        where={"fr": "Rue du Collège 62"},
        letter_declared="Z",
        takes_appointments=False,
        position=9,
    )
    (found,) = (found for found in find_procedures("police administrative", "fr") if found.listed is None)
    assert found.service.label == "Police administrative"
    assert found.service.where == "Rue du Collège 62"
    assert found.score > 90


def test_words_lose_accents_and_small_words() -> None:
    assert split_words("Déclaration de l’œuvre à Liège") == ("declaration", "oeuvre", "liege")
    assert split_words("le la") == ("le", "la")
