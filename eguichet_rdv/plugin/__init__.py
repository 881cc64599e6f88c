"""The public contract of a service plugin.

A plugin is one module-level ``service`` made of the frozen declarations below and named in the entry-point group
``eguichet_rdv.services``. Nothing here imports Django, so a plugin can be written, read and tested without it.
"""

from eguichet_rdv.plugin.declarations import (
    API,
    Bring,
    Counter,
    Mode,
    Procedure,
    Question,
    Service,
    minutes,
)
from eguichet_rdv.plugin.errors import DeclarationError
from eguichet_rdv.plugin.text import Text, _

__all__ = [
    "API",
    "Bring",
    "Counter",
    "DeclarationError",
    "Mode",
    "Procedure",
    "Question",
    "Service",
    "Text",
    "_",
    "minutes",
]
