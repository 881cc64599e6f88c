"""The production shape with the clock of ``simulate_day``, which names it; never for an installation in use."""

from eguichet_rdv.demo.simulation.clock import VARIABLE, FastClock
from eguichet_site.settings.production import *
from eguichet_site.settings.production import env

FastClock.read(env.str(VARIABLE)).install()
