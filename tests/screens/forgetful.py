"""The production shape, but who listens is forgotten after five seconds unless they say so again."""

from eguichet_site.settings.production import *  # noqa: F403
from eguichet_site.settings.production import CHANNEL_LAYERS

CHANNEL_LAYERS["default"]["CONFIG"]["group_expiry"] = 5
