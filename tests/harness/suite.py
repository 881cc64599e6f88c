"""Run the suite the way ``make test`` promises: ``python -m tests.harness.suite all | fast | soak | bench``.

Starts a PostgreSQL and a Redis server of its own, runs pytest once on each shape and ends the servers by their process
numbers, also after Ctrl-C or SIGTERM.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from xml.etree import ElementTree as ET

from tests.harness.databases import make_postgres_template, make_sqlite_template
from tests.harness.installation import Installation
from tests.harness.postgres import PostgresServer
from tests.harness.processes import PYTHON, ROOT
from tests.harness.redis_server import RedisServer

REPORTS = ROOT / "var" / "reports"
NO_TESTS = 5
"""pytest's exit code when nothing was chosen."""
FOREIGN = ("EGUICHET_", "PYTHONDONTWRITEBYTECODE")
"""Variables that are not passed on: settings of an installation, and what would make every start compile anew."""
GRACE = 30.0
"""Seconds pytest may take to end what its tests have started."""


@dataclass(frozen=True)
class Run:
    """One run of pytest."""

    name: str
    title: str
    marks: str
    servers: bool
    """On PostgreSQL and Redis instead of SQLite."""
    paths: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


BESIDE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=load")
"""As many tests at once as the machine has processors; each side has its own database and channel layer."""
SQLITE = Run("sqlite", "On SQLite", "not e2e", servers=False, arguments=BESIDE)
POSTGRES = Run("postgres", "On PostgreSQL and Redis", "db and not e2e", servers=True, arguments=BESIDE)
BROWSER = Run("browser", "In a browser, production shape", "e2e", servers=True, arguments=BESIDE)
PATIENT = ("-o", "faulthandler_timeout=0")
"""No look into a test that takes long: taken in the middle of its work, it can end the program."""
PLANS: dict[str, tuple[Run, ...]] = {
    "all": (SQLITE, POSTGRES, BROWSER),
    "fast": (Run("fast", "Quick, on SQLite", "not e2e and not race", servers=False, arguments=BESIDE),),
    "soak": (
        Run("soak-sqlite", "Long versions, on SQLite", "soak", servers=False, arguments=PATIENT),
        Run("soak-postgres", "Long versions, on PostgreSQL and Redis", "soak", servers=True, arguments=PATIENT),
    ),
    "bench": (Run("bench", "Measures, production shape", "bench", servers=True, arguments=("-s", "-q")),),
}


@dataclass
class Outcome:
    """What one run gave."""

    run: Run
    code: int
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    """Test and reason of each skip."""


class StoppedError(Exception):
    """The suite was asked to end."""


def stop_suite(number: int, _frame: FrameType | None) -> None:
    """Signal handler: leave through every ``finally``. A second signal must not disturb the tidying up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise StoppedError(signal.Signals(number).name)


def run_pytest(run: Run, servers: dict[str, str], data: Path) -> Outcome:
    """Run pytest once; its output goes straight to the terminal."""
    report = REPORTS / f"{run.name}.xml"
    report.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment |= {"DATA_DIR": str(data / run.name)} | (servers if run.servers else {})
    command = [PYTHON, "-m", "pytest", "-m", run.marks, f"--junitxml={report}", *run.arguments, *run.paths]
    print(f"\n===== {run.title}: pytest -m '{run.marks}'", flush=True)
    began = time.monotonic()
    # A session of its own: Ctrl-C reaches this process alone, which passes it on once.
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            code = child.wait()
        except BaseException:
            end_child(child)
            raise
    outcome = Outcome(run, code, time.monotonic() - began)
    read_report(report, outcome)
    return outcome


def end_child(child: subprocess.Popen[bytes]) -> None:
    """Let pytest stop what its tests started; insist when it does not."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def read_report(report: Path, outcome: Outcome) -> None:
    """Count passed, failed and skipped tests from pytest's own report."""
    if not report.exists():
        return
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it
        name = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if skipped is not None:
            outcome.skipped.append(f"{name}: {skipped.get('message')}")
        elif case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        else:
            outcome.passed += 1


def print_summary(outcomes: list[Outcome]) -> None:
    """One line per run, then every skip with its reason, then the total."""
    print("\n===== Summary")
    for outcome in outcomes:
        counts = f"{outcome.passed} passed, {outcome.failed} failed, {len(outcome.skipped)} skipped"
        remark = "" if outcome.code in {0, 1} else f" (pytest ended with {outcome.code})"
        print(f"{outcome.run.title}: {counts} in {outcome.seconds:.0f} s{remark}")
    skips = [skip for outcome in outcomes for skip in outcome.skipped]
    print("Skipped:" if skips else "Nothing was skipped.")
    for skip in skips:
        print(f"  {skip}")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    print(f"{passed} passed, {failed} failed, {len(skips)} skipped", flush=True)


def run_plan(plan: tuple[Run, ...]) -> list[Outcome]:
    """All runs of a plan, with the servers they need."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eguichet-suite-")))
        servers: dict[str, str] = {}
        if any(run.servers for run in plan):
            postgres = stack.enter_context(PostgresServer())
            postgres.create_database("eguichet")
            redis = stack.enter_context(RedisServer())
            servers = {"EGUICHET_DATABASE_URL": postgres.url("eguichet"), "EGUICHET_REDIS_URL": redis.url}
            make_templates(data, postgres.url("eguichet"))
        return [run_pytest(run, servers, data) for run in plan]


def make_templates(data: Path, postgres: str) -> None:
    """What every run copies, made side by side: whoever comes to it first in a run would let all the others wait."""
    site = Installation(data, database_url=postgres, redis_url="")
    with ThreadPoolExecutor() as pool:
        jobs: list[Future[Any]] = [
            pool.submit(make_postgres_template, postgres),
            pool.submit(make_sqlite_template),
            pool.submit(site.collect_static),
        ]
    for job in jobs:
        job.result()


def main(words: list[str]) -> int:
    """Exit code: 0 when every run is green and at least one test ran."""
    plan = PLANS.get(words[0] if words else "all")
    if plan is None:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGINT, stop_suite)
    signal.signal(signal.SIGTERM, stop_suite)
    try:
        outcomes = run_plan(plan)
    except StoppedError as stopped:
        print(f"\nStopped by {stopped}; all servers of the tests are ended.", file=sys.stderr)
        return 130
    print_summary(outcomes)
    green = all(outcome.code in {0, NO_TESTS} for outcome in outcomes)
    return 0 if green and any(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
