"""The Python package around a plugin: where its folders are, and that it holds declarations only."""

from importlib.util import find_spec
from pathlib import Path

PROGRAM_PARTS = ("admin", "apps", "management", "migrations", "models", "templatetags", "wagtail_hooks")
"""What Django or Wagtail would import by its name while the site starts, where nothing could stop a mistake in it."""


def find_folders(package: str) -> tuple[Path, ...]:
    """The folders of ``package``, usually one; none for a single file or something unknown."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return ()
    return tuple(Path(folder) for folder in (spec.submodule_search_locations or ())) if spec else ()


def describe_program_parts(package: str) -> str:
    """A sentence naming the parts that a plugin must not have, "" when there is none."""
    found = [
        part
        for part in PROGRAM_PARTS
        for folder in find_folders(package)
        if (folder / f"{part}.py").exists() or (folder / part).is_dir()
    ]
    if not found:
        return ""
    return f"Its package « {package} » contains {', '.join(found)}; a plugin declares, it must not program."
