"""What is remembered of earlier probes, so that a usual start imports nothing in child processes.

A success is remembered as long as version and files stay the same. A failure may come from elsewhere (a library that
was missing), so a quick one is asked again at each start; only a slow one is remembered, for a while.
"""

import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eguichet_rdv.plugin.probe import HANGS

SLOW_FAILURE_SECONDS = 600


def compute_fingerprint(module: str) -> str:
    """The state of the Python files of ``module``'s package, found without importing it."""
    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None:
        return ""
    files = [Path(spec.origin)] if spec.origin else []
    for folder in spec.submodule_search_locations or ():
        files.extend(Path(folder).rglob("*.py"))
    changes = [file.stat().st_mtime_ns for file in files if file.is_file()]
    return f"{sys.hexversion:x}-{len(changes)}-{max(changes, default=0)}-{sum(changes)}"


class ProbeCache:
    """Probe results in a small JSON file; without a file, or with a damaged one, nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        if path is not None:
            with suppress(OSError, ValueError):
                known = json.loads(path.read_text("utf-8"))
                self._known = known if isinstance(known, dict) else {}

    def get(self, key: str, fingerprint: str) -> str | None:
        """The remembered problem ("" = none), or ``None`` when the plugin has to be probed."""
        match self._known.get(key):
            case {"fingerprint": str(seen), "problem": str(problem), "until": float(until)} if seen == fingerprint and (
                not problem or time.time() < until
            ):
                self._used[key] = self._known[key]
                return problem
        return None

    def put(self, key: str, fingerprint: str, problem: str) -> None:
        """Remember one result, if it is of the kind that is remembered."""
        if problem in {"", HANGS}:
            until = time.time() + SLOW_FAILURE_SECONDS if problem else 0.0
            self._used[key] = {"fingerprint": fingerprint, "problem": problem, "until": until}

    def save(self) -> None:
        """Write what was used this time; several processes may do so at once, and none needs to succeed."""
        if self._path is None or self._used == self._known:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._used, file, indent=1, sort_keys=True)
            Path(name).replace(self._path)
