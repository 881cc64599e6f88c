"""Compile every message catalogue whose source is newer than its compiled form."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("eguichet_rdv", "kiosk_bridge", "plugins")


def find_catalogues(root: Path = ROOT) -> list[Path]:
    """All ``.po`` files of the house, sorted; symbolic links and environments are not followed."""
    found = (path for place in PLACES for path in (root / place).rglob("locale/*/LC_MESSAGES/*.po"))
    return sorted(path for path in found if ".venv" not in path.parts)


def is_stale(source: Path) -> bool:
    """Whether the compiled catalogue is missing or older than its source."""
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def main() -> int:
    """Compile what is stale; the number of the first failure of ``msgfmt`` otherwise."""
    for source in filter(is_stale, find_catalogues()):
        command = ["msgfmt", "--check-format", "--output-file", str(source.with_suffix(".mo")), str(source)]
        finished = subprocess.run(command, check=False)
        if finished.returncode:
            print(f"{source.relative_to(ROOT)} could not be compiled", file=sys.stderr)
            return finished.returncode
        print(f"Compiled {source.relative_to(ROOT)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
