"""One process for pages and sockets, SQLite, everything in the data directory."""

from eguichet_site.settings.base import *
