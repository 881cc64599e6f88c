"""The system's Chromium, a watch on its console, screenshots, and axe."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Playwright, Request, Route

from tests.harness.postgres import MissingProgramError
from tests.harness.processes import ROOT

SHOTS = ROOT / "var" / "shots"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOCALES = {"fr": "fr-BE", "nl": "nl-BE", "de": "de-BE", "en": "en-GB"}
OWN_HOSTS = {"127.0.0.1", "localhost", "::1", ""}
"""Empty: data: and blob: addresses."""

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549")
AXE_EXTRA_RULES = ("target-size",)
"""Not part of the EN-301-549 tag."""


def find_chromium() -> str:
    """Path of the system's Chromium."""
    for name in PROGRAMS:
        if path := shutil.which(name):
            return path
    raise MissingProgramError("Chromium is not installed: make setup-test")


def launch_chromium(playwright: Playwright) -> Browser:
    """A headless Chromium that talks to nobody by itself."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))


class ConsoleWatch:
    """Everything a silent page must not do: warnings and errors, exceptions, requests to somebody else."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, pattern: str) -> None:
        """Accept complaints that match (a test that provokes a 404 on purpose); before or after they come."""
        self._allowed.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """The complaints nobody allowed."""
        return [text for text in self.complaints if not any(pattern.search(text) for pattern in self._allowed)]

    def attach(self, context: BrowserContext) -> None:
        """Watch every page of a browser context."""
        context.on("console", self._hear)
        context.on("weberror", lambda problem: self.complaints.append(f"exception: {problem.error}"))
        context.on("request", self._look)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = message.location
            self.complaints.append(f"{message.type}: {message.text} ({where['url']}:{where['lineNumber']})")

    def _look(self, request: Request) -> None:
        if (urlsplit(request.url).hostname or "") not in OWN_HOSTS:
            self.complaints.append(f"request to another host: {request.url}")


class Pages:
    """Opens pages, each in a browser context of its own (own cookies), and closes them all at the end."""

    def __init__(self, browser: Browser, watch: ConsoleWatch, base_url: str | None = None) -> None:
        self.browser = browser
        self.watch = watch
        self.base_url = base_url
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        path: str | None = None,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "fr",
        javascript: bool = True,
        touch: bool = False,
        scale: float = 1.0,
        base_url: str | None = None,
    ) -> Page:
        """A new page of the given size in CSS pixels, gone to ``path`` if one is given."""
        context = self.browser.new_context(
            base_url=base_url or self.base_url,
            viewport={"width": width, "height": height},
            locale=LOCALES.get(language, language),
            java_script_enabled=javascript,
            has_touch=touch,
            device_scale_factor=scale,
            timezone_id="Europe/Brussels",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        self.watch.attach(context)
        self._contexts.append(context)
        page = context.new_page()
        if path is not None:
            page.goto(path)
        return page

    def open_markup(self, markup: str) -> Page:
        """A page of this markup with the project's static files, and no server: for one script by itself."""
        page = self.open(base_url="http://localhost")

        def serve(route: Route) -> None:
            path = urlsplit(route.request.url).path
            if path.startswith("/static/"):
                route.fulfill(path=finders.find(path.removeprefix("/static/")))
            else:
                route.fulfill(body=markup, content_type="text/html; charset=utf-8")

        page.route("**/*", serve)
        page.goto("/")
        return page

    def close(self) -> None:
        """Close everything that was opened."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


def take_shot(page: Page, name: str, *, full_page: bool = True) -> Path:
    """A screenshot in ``var/shots/NAME.png``; its path."""
    path = SHOTS / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=full_page, animations="disabled")
    return path


def find_violations(page: Page, context: str | None = None) -> list[dict[str, Any]]:
    """What axe objects to on the page as it is now, or in the part that a CSS selector names."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {
        "runOnly": {"type": "tag", "values": list(AXE_TAGS)},
        "rules": {rule: {"enabled": True} for rule in AXE_EXTRA_RULES},
        "resultTypes": ["violations"],
    }
    result = page.evaluate("([context, options]) => window.axe.run(context ?? document, options)", [context, options])
    violations: list[dict[str, Any]] = result["violations"]
    return violations


def check_accessibility(
    page: Page, context: str | None = None, *, except_rules: Mapping[str, str] | None = None
) -> None:
    """Fail when axe finds something; ``except_rules`` maps a rule to the reason why it does not apply here."""
    found = [item for item in find_violations(page, context) if item["id"] not in (except_rules or {})]
    if found:
        lines = [
            f"{item['id']} ({item['impact']}): {item['help']}\n"
            + "\n".join(f"    {node['html'][:200]}\n      {node['failureSummary']}" for node in item["nodes"][:5])
            for item in found
        ]
        raise AssertionError(f"axe on {page.url}:\n" + "\n".join(lines))


__all__ = [
    "ConsoleWatch",
    "Error",
    "Pages",
    "check_accessibility",
    "find_chromium",
    "find_violations",
    "launch_chromium",
    "take_shot",
]
