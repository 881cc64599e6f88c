"""The languages of a kiosk are those of the installation, its usual one first."""

import os
import subprocess
import sys

from tests.harness.processes import ROOT

ASK = "import django; django.setup(); from eguichet_rdv.kiosk.house import LANGUAGES; print(*LANGUAGES)"


def test_the_usual_language_comes_first_on_the_kiosk() -> None:
    environment = {**os.environ, "EGUICHET_LANGUAGE": "nl", "PYTHONPATH": str(ROOT / "site")}
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["nl", "fr", "de", "en"]
