from pathlib import Path

import polib
import pytest

from eguichet_rdv.plugin import Text, _
from eguichet_rdv.plugin.translations import translate


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that knows one text in two languages; one of its files is damaged."""
    name = f"trial_texts_{tmp_path.name.replace('-', '_')}"
    for language, translation in (("fr", "Carte d'identité"), ("de_CH", "Identitätskarte"), ("nl", "")):
        folder = tmp_path / name / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        catalogue = polib.POFile()
        catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
        catalogue.append(polib.POEntry(msgid="Identity card", msgstr=translation))
        catalogue.save_as_mofile(str(folder / "django.mo"))
    damaged = tmp_path / name / "locale" / "it" / "LC_MESSAGES"
    damaged.mkdir(parents=True)
    (damaged / "django.mo").write_bytes(b"\xde\x12\x04\x95\x00")
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_every_translation_there_is(package: str) -> None:
    assert translate(_("Identity card"), package, ("fr", "nl", "de-ch", "de", "en", "it")) == {
        "en": "Identity card",
        "fr": "Carte d'identité",
        "de-ch": "Identitätskarte",
    }


def test_unknown_text_has_its_source_only(package: str) -> None:
    assert translate(_("Photo"), package, ("fr", "nl")) == {"en": "Photo"}


def test_header_of_the_catalogue_is_no_translation(package: str) -> None:
    assert translate(Text(""), package, ("nl",)) == {"en": ""}


@pytest.mark.parametrize("name", ["trial_nowhere", "trial_nowhere.deeper", "json.decoder", ""])
def test_package_without_translations(name: str) -> None:
    assert translate(_("Photo"), name, ("fr",)) == {"en": "Photo"}


def test_recompiled_catalogue_is_read_again(package: str, tmp_path: Path) -> None:
    assert translate(_("Identity card"), package, ("fr",))["fr"] == "Carte d'identité"
    file = tmp_path / package / "locale" / "fr" / "LC_MESSAGES" / "django.mo"
    catalogue = polib.mofile(str(file))
    catalogue[0].msgstr = "Carte"
    catalogue.save(str(file))
    assert translate(_("Identity card"), package, ("fr",))["fr"] == "Carte"
