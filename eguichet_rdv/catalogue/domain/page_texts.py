"""What editors write on the page of a procedure, kept with the procedure so that mails and letters say the same."""

from django.db import transaction

from eguichet_rdv.catalogue.models import Procedure

PAGE_TEXTS = ("bring", "who", "fee")


def read_lines(text: str) -> list[str]:
    """The lines of ``text`` that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def record_page_texts(procedure_id: int, language: str, *, bring: str, who: str, fee: str) -> None:
    """Keep the texts of the published page in ``language``; an empty one lets the declared text through."""
    _replace(procedure_id, language, {"bring": read_lines(bring), "who": who.strip(), "fee": fee.strip()})


def forget_page_texts(procedure_id: int, language: str) -> None:
    """Go back to what is declared in ``language``."""
    _replace(procedure_id, language, {})


@transaction.atomic
def _replace(procedure_id: int, language: str, texts: dict[str, str | list[str]]) -> None:
    procedure = Procedure.objects.select_for_update().get(pk=procedure_id)
    for name in PAGE_TEXTS:
        languages = dict(procedure.text_overrides.get(name, {}))
        languages.pop(language, None)
        if texts.get(name):
            languages[language] = texts[name]
        procedure.text_overrides[name] = languages
    procedure.save(update_fields=["text_overrides"])
