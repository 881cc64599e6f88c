"""Run every rule of the house and say which ones are broken."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
MANAGE = (PYTHON, "site/manage.py")
TEMPLATES = ("eguichet_rdv", "kiosk_bridge", "plugins", "site")

# The longest first: two run at a time.
RULES: dict[str, tuple[str, ...]] = {
    "types (mypy)": (str(BIN / "mypy"),),
    "messages complete": (PYTHON, "tools/check_messages.py"),
    "migrations complete": (*MANAGE, "makemigrations", "--check", "--dry-run"),
    "Django's own check": (*MANAGE, "check", "--fail-level", "WARNING"),
    "templates: lint (djlint)": (str(BIN / "djlint"), "--quiet", "--lint", *TEMPLATES),
    "templates: form (djlint)": (str(BIN / "djlint"), "--quiet", "--check", *TEMPLATES),
    "imports (import-linter)": (str(BIN / "lint-imports"), "--no-cache"),
    "code: lint (ruff)": (str(BIN / "ruff"), "check", "."),
    "code: form (ruff format)": (str(BIN / "ruff"), "format", "--check", "."),
    "spelling (codespell)": (str(BIN / "codespell"),),
    "module sizes and names": (PYTHON, "tools/check_modules.py"),
}


def run_rule(command: tuple[str, ...], data: str) -> tuple[int, str, float]:
    """Exit code, output and duration (seconds) of one rule; ``data`` is a directory for what the settings need."""
    environment = os.environ | {
        "PYTHONPATH": "site",
        "DJANGO_SETTINGS_MODULE": "eguichet_site.settings.testing",
        "DATA_DIR": data,
        "NO_COLOR": "1",
    }
    began = time.monotonic()
    finished = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout, time.monotonic() - began


def choose_rules(words: list[str]) -> dict[str, tuple[str, ...]]:
    """All rules, or those whose name contains one of the words."""
    return {name: command for name, command in RULES.items() if not words or any(word in name for word in words)}


def main(words: list[str]) -> int:
    """Run the rules; 1 when at least one is broken."""
    broken = []
    with (
        tempfile.TemporaryDirectory(prefix="eguichet-check-") as data,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        running = {pool.submit(run_rule, command, data): name for name, command in choose_rules(words).items()}
        for finished in as_completed(running):
            name = running[finished]
            code, output, seconds = finished.result()
            print(f"{'ok    ' if code == 0 else 'BROKEN'} {name} ({seconds:.1f} s)", flush=True)
            if code:
                broken.append(name)
                print("\n".join(f"       {line}" for line in output.strip().splitlines()), flush=True)
    print(f"\n{len(broken)} broken: {', '.join(broken)}" if broken else "\nAll rules hold.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
