"""What procedures ask besides who comes, and what was answered."""

from eguichet_rdv.catalogue.models import Procedure
from eguichet_rdv.common.localized import Localized, localize
from eguichet_rdv.scheduling.models import Appointment


def answer_key(procedure: Procedure, code: str) -> str:
    """Under which name ``Appointment.answers`` keeps the answer to the question ``code`` of ``procedure``."""
    return f"{procedure.service.code}_{procedure.code}_{code}"


def name_answers(appointment: Appointment, language: str) -> list[tuple[Localized, str]]:
    """Each question that was answered, in ``language``, with its answer; for the staff who prepare the visit."""
    if not appointment.answers:
        return []
    return [
        (localize(question["label"], language, question["code"]), answer)
        for item in appointment.items.select_related("procedure__service")
        for question in item.procedure.questions
        if (answer := appointment.answers.get(answer_key(item.procedure, question["code"])))
    ]
