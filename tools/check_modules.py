"""Refuse modules that are too long or carry a name that belongs to somebody else."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("eguichet_rdv", "kiosk_bridge", "plugins", "site", "tests", "tools")
LONGEST = 500
"""Lines; 300 is the aim."""
FORBIDDEN = {
    "queue": "the standard library owns it",
    "calendar": "the standard library owns it",
    "site": "the standard library owns it",
    "services": "a service is a counter service here; name the operation instead",
    "utils": "name what it does",
}


def find_faults(path: Path) -> list[str]:
    """What is wrong with one module, in full sentences."""
    shown = path.relative_to(ROOT)
    name = path.parent.name if path.stem == "__init__" else path.stem
    faults = []
    if name in FORBIDDEN:
        faults.append(f"{shown}: no module may be called {name} ({FORBIDDEN[name]})")
    length = len(path.read_text(encoding="utf-8").splitlines())
    if length > LONGEST and "migrations" not in path.parts:
        faults.append(f"{shown}: {length} lines, {LONGEST} at most; split it")
    return faults


def main() -> int:
    """1 when a module is too long or wrongly named."""
    modules = sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py") if ".venv" not in path.parts)
    faults = [fault for path in modules for fault in find_faults(path)]
    print("\n".join(faults) if faults else f"{len(modules)} modules are fine")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
