"""From a plugin's declarations to the columns of the catalogue."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from eguichet_rdv.plugin import Counter, Procedure, Service, Text
from eguichet_rdv.plugin.translations import translate

CONFIRMED_VALUES = (
    "minutes",
    "extra_minutes",
    "max_persons",
    "fee_cents",
    "legal_deadline_days",
    "child_from_age",
    "mode",
    "residents_only",
)
"""What an editor confirms: values that differ from one municipality to the next."""


def describe_service(service: Service, package: str, languages: Sequence[str]) -> dict[str, Any]:
    """The declared columns of a service."""
    return {
        "labels": _translate(service.label, package, languages),
        "summaries": _translate(service.summary, package, languages),
        "neutral_labels": _translate(service.neutral_label, package, languages),
        "letter_declared": service.letter,
    }


def describe_procedure(procedure: Procedure, package: str, languages: Sequence[str]) -> dict[str, Any]:
    """The declared columns of a procedure, without position and ``follows``."""
    texts = {"label": procedure.label, "summary": procedure.summary, "who": procedure.who, "delay": procedure.delay}
    return {
        "texts": {name: _translate(text, package, languages) for name, text in texts.items() if text is not None},
        "bring": [
            {"code": bring.code, "label": _translate(bring.label, package, languages)} for bring in procedure.bring
        ],
        "questions": [
            {
                "code": question.code,
                "label": _translate(question.label, package, languages),
                "required": question.required,
            }
            for question in procedure.questions
        ],
        "minutes_declared": _minutes(procedure.duration),
        "extra_minutes_declared": _minutes(procedure.per_extra_person),
        "max_persons_declared": procedure.max_persons,
        "step_minutes_declared": _minutes(procedure.step) if procedure.step else 0,
        "notice_minutes_declared": _minutes(procedure.minimum_notice),
        "horizon_days_declared": procedure.horizon.days,
        "last_start_declared": procedure.last_start,
        "fee_cents_declared": procedure.fee_cents,
        "legal_deadline_days_declared": procedure.legal_deadline.days if procedure.legal_deadline else None,
        "child_from_age_declared": procedure.child_from_age,
        "mode_declared": str(procedure.mode),
        "residents_only_declared": procedure.residents_only,
        "sensitive_declared": procedure.sensitive,
        "online_url_declared": procedure.online_url,
    }


def describe_kind(counter: Counter, package: str, languages: Sequence[str]) -> dict[str, Any]:
    """The declared columns of a kind of counter."""
    return {"labels": _translate(counter.label, package, languages)}


def list_handled(counter: Counter, service: Service) -> tuple[str, ...]:
    """The codes a kind of counter handles; none declared means all of its service."""
    return counter.handles or tuple(procedure.code for procedure in service.procedures)


def _translate(text: Text | None, package: str, languages: Sequence[str]) -> dict[str, str]:
    return translate(text, package, languages) if text is not None else {}


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60
