"""For a plugin author's own test: ``check_service(service)`` says in sentences what would go wrong."""

from collections.abc import Iterator, Sequence

from eguichet_rdv.plugin.declarations import Mode, Procedure, Service
from eguichet_rdv.plugin.loader import Status, check
from eguichet_rdv.plugin.packages import describe_program_parts
from eguichet_rdv.plugin.text import Text
from eguichet_rdv.plugin.translations import SOURCE_LANGUAGE, translate

LANGUAGES = ("fr", "nl", "de")


class UnsoundServiceError(AssertionError):
    """What is wrong with a service, one full sentence a line."""


def check_service(service: object, package: str | None = None, *, languages: Sequence[str] = LANGUAGES) -> list[str]:
    """Refuse a service that could not be loaded or used; return what is only missing, as sentences.

    ``package`` is the Python package of the plugin; without it, its files and translations are not looked at.
    Raises ``UnsoundServiceError``, an ``AssertionError``.
    """
    code = service.code if isinstance(service, Service) else ""
    status, problem = check(code, service)
    if not isinstance(service, Service) or status is not Status.ACTIVE:
        raise UnsoundServiceError(problem)
    errors = list(_find_errors(service))
    if package is not None and (parts := describe_program_parts(package)):
        errors.append(parts)
    if errors:
        raise UnsoundServiceError("\n".join(errors))
    warnings = [problem] if problem else []
    if package is not None:
        warnings.extend(_find_missing_translations(service, package, languages))
    return warnings


def collect_texts(service: Service) -> dict[str, Text]:
    """Every text of a service by its source, in the order of declaration."""
    texts: list[Text | None] = [service.label, service.summary, service.neutral_label]
    texts.extend(counter.label for counter in service.counters)
    for procedure in service.procedures:
        texts.extend((procedure.label, procedure.summary, procedure.who, procedure.delay))
        texts.extend(bring.label for bring in procedure.bring)
        texts.extend(question.label for question in procedure.questions)
    return {text.source: text for text in texts if text is not None}


def _find_errors(service: Service) -> Iterator[str]:
    labels: dict[str, str] = {}
    for procedure in service.procedures:
        other = labels.setdefault(procedure.label.source, procedure.code)
        if other != procedure.code:
            yield f"Procedures « {other} » and « {procedure.code} » have the same label; nobody could tell them apart."
        if _needs_counter(procedure) and not _is_handled(service, procedure):
            yield f"No counter handles « {procedure.code} », so it could never be booked."
    for source in collect_texts(service):
        if source != " ".join(source.split()):
            yield f"The text « {source} » has blanks at its ends or in a row, or a line break."


def _needs_counter(procedure: Procedure) -> bool:
    return procedure.mode not in {Mode.POST, Mode.EGUICHET}


def _is_handled(service: Service, procedure: Procedure) -> bool:
    return not service.counters or any(
        not counter.handles or procedure.code in counter.handles for counter in service.counters
    )


def _find_missing_translations(service: Service, package: str, languages: Sequence[str]) -> Iterator[str]:
    texts = collect_texts(service)
    for language in languages:
        if language == SOURCE_LANGUAGE:
            continue
        missing = [source for source, text in texts.items() if language not in translate(text, package, (language,))]
        if len(missing) == len(texts):
            yield f"There is no compiled translation into « {language} » in the package « {package} »."
        else:
            yield from (f"« {source} » is not translated into « {language} »." for source in missing)
