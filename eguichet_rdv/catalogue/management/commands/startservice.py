from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eguichet_rdv.plugin import DeclarationError
from eguichet_rdv.plugin.scaffold import write_plugin


class Command(BaseCommand):
    help = "Write a complete new service plugin, ready to be changed and installed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="code of the service in small letters, for example urbanisme")
        parser.add_argument("--dir", type=Path, default=Path(".."), help="folder to write into (default: ..)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = write_plugin(options["name"], options["dir"])
        except (DeclarationError, FileExistsError) as problem:
            raise CommandError(str(problem)) from problem
        for file in files:
            self.stdout.write(str(file))
        self.stdout.write("")
        self.stdout.write(
            f'Next: add the line "-e {files[0].parent}" to plugins.local.txt, then make setup and manage.py sync_catalogue.'
        )
