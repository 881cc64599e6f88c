"""Writes a complete new plugin for a municipality's own service."""

from pathlib import Path
from string import Template

from eguichet_rdv.plugin.declarations import CODE, FORBIDDEN_LETTERS, LONGEST_CODE
from eguichet_rdv.plugin.errors import DeclarationError

TEMPLATES = Path(__file__).with_name("scaffold_templates")
LANGUAGES = ("fr", "nl", "de")


def write_plugin(name: str, target_dir: Path) -> list[Path]:
    """Write the plugin ``name`` (its service code, such as ``urbanisme``) into a new folder of ``target_dir``.

    Returns the files written. Raises ``DeclarationError`` for an impossible name and ``FileExistsError`` when the
    folder is already there; nothing is ever overwritten.
    """
    if not CODE.fullmatch(name) or len(name) > LONGEST_CODE:
        raise DeclarationError(
            f"« {name} » can't be the name of a service; use at most {LONGEST_CODE} small letters, digits and single "
            "hyphens, a letter first."
        )
    folder = target_dir / name.replace("-", "_")
    if folder.exists():
        raise FileExistsError(f"{folder} already exists; remove it or choose another name.")
    package = f"eguichet_{folder.name}"
    values = {
        "name": name,
        "package": package,
        "folder": folder.name,
        "label": name.replace("-", " ").capitalize(),
        "letter": next((letter for letter in name.upper() if _is_letter(letter)), "X"),
    }
    files = {
        folder / "pyproject.toml": "pyproject.toml",
        folder / "README.md": "README.md",
        folder / package / "__init__.py": "service.py",
        folder / "tests" / f"test_{folder.name}.py": "test.py",
        **{folder / package / "locale" / code / "LC_MESSAGES" / "django.po": "django.po" for code in LANGUAGES},
    }
    for file, template in files.items():
        text = Template((TEMPLATES / f"{template}.txt").read_text("utf-8"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.substitute(values, language=_name_language(file)), "utf-8")
    return list(files)


def _is_letter(letter: str) -> bool:
    return "A" <= letter <= "Z" and letter not in FORBIDDEN_LETTERS


def _name_language(file: Path) -> str:
    """The language code in the path of a message catalogue; unused elsewhere."""
    return file.parent.parent.name
