"""One process for pages and sockets, SQLite, everything in the data directory."""

import os

os.environ.setdefault("EGUICHET_PUBLIC_URL", f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")

from eguichet_site.settings.base import *

if not os.environ.get("EGUICHET_SMTP_URL"):
    # No mail server named: mails become files to be looked at.
    EMAIL_BACKEND = "eguichet_rdv.demo.mailbox.EmailBackend"
