from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.models import OrmQ, Schedule, Task
from django_q.scheduler import scheduler

from eguichet_rdv.messaging import jobs
from eguichet_rdv.messaging.jobs import (
    DELIVER,
    PREFIX,
    Job,
    ensure_schedules,
    last_sign_of_life,
    nudge,
    register_job,
    registered_jobs,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = datetime(2027, 3, 26, 12, 0, tzinfo=BRUSSELS)

pytestmark = pytest.mark.django_db


def ours() -> dict[str, Schedule]:
    return {row.name.removeprefix(PREFIX): row for row in Schedule.objects.filter(name__startswith=PREFIX)}


def test_every_job_has_one_schedule_however_often_they_are_written() -> None:
    for _time in range(3):
        ensure_schedules(NOON)
    assert sorted(ours()) == [job.name for job in registered_jobs()]
    assert Schedule.objects.filter(name__startswith=PREFIX).count() == len(registered_jobs())


def test_the_jobs_of_the_house() -> None:
    assert {job.name: job.at for job in registered_jobs()}.items() >= {
        "deliver messages": None,
        "sweep holds": None,
        "extend agenda": time(3, 10),
        "mark absent": time(3, 25),
        "forget old messages": time(3, 40),
        "check agenda": time(4, 10),
    }.items()


@pytest.mark.parametrize("job", registered_jobs(), ids=lambda job: job.name)
def test_every_job_can_be_found_and_done(job: Job) -> None:
    assert not import_string(job.function)()


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_asks_for_each_due_job_with_its_time_limit() -> None:
    ensure_schedules(timezone.now())
    Schedule.objects.update(next_run=timezone.now() - timedelta(days=1))
    scheduler(broker=get_broker())
    asked = {row.task["func"]: row.task["timeout"] for row in OrmQ.objects.all()}
    assert asked == {job.function: job.limit.total_seconds() for job in registered_jobs()}


def test_writing_them_again_does_not_put_off_the_next_run() -> None:
    ensure_schedules(NOON)
    before = {name: row.next_run for name, row in ours().items()}
    ensure_schedules(NOON + timedelta(minutes=30))
    assert {name: row.next_run for name, row in ours().items()} == before


def test_schedules_of_others_stay_and_forgotten_ones_of_ours_go() -> None:
    Schedule.objects.create(name="somebody else's", func="math.sqrt")
    Schedule.objects.create(name=PREFIX + "of an earlier release", func="math.sqrt")
    ensure_schedules(NOON)
    names = set(Schedule.objects.values_list("name", flat=True))
    assert "somebody else's" in names
    assert PREFIX + "of an earlier release" not in names


def test_a_changed_hour_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_jobs", {"count": Job("count", "math.sqrt", at=time(4, 0))})
    ensure_schedules(NOON)
    jobs._jobs["count"] = Job("count", "math.sqrt", at=time(5, 0))
    ensure_schedules(NOON)
    assert ours()["count"].next_run == datetime(2027, 3, 27, 5, 0, tzinfo=BRUSSELS)


def test_nightly_jobs_keep_their_hour_when_clocks_change() -> None:
    ensure_schedules(NOON)
    for row in ours().values():
        if row.schedule_type == Schedule.DAILY:
            hour = timezone.localtime(row.next_run).time()
            following = row.next_run
            for _day in range(5):
                following = row.calculate_next_run(following)
                assert timezone.localtime(following).time() == hour


def test_no_job_in_the_hour_that_comes_twice_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="02:59"):
        register_job(Job("night", "math.sqrt", at=time(2, 30)))


def test_no_job_that_would_be_started_again_while_it_runs() -> None:
    with pytest.raises(ValueError, match="still runs"):
        register_job(Job("long", "math.sqrt", limit=timedelta(minutes=2)))


def test_the_command_lists_what_it_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ensure_schedules")
    assert "deliver messages: each minute" in capsys.readouterr().out


def test_a_nudge_asks_for_a_delivery() -> None:
    nudge()
    (row,) = OrmQ.objects.all()
    assert (row.task["func"], row.task["args"], row.task["kwargs"]) == (DELIVER, (), {})


def test_a_nudge_is_part_of_the_transaction() -> None:
    with transaction.atomic():
        nudge()
        transaction.set_rollback(True)
    assert OrmQ.objects.count() == 0


def finish_task(at: datetime) -> None:
    Task.objects.create(id=at.isoformat(), name="t", func="f", started=at, stopped=at, success=True)


def test_the_last_sign_of_life_is_the_end_of_the_last_task() -> None:
    assert last_sign_of_life() is None
    early, late = datetime(2026, 12, 1, 8, 0, tzinfo=UTC), datetime(2026, 12, 1, 8, 1, tzinfo=UTC)
    finish_task(late)
    finish_task(early)
    assert last_sign_of_life() == late


def test_readyz_says_how_long_the_worker_has_been_silent(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"database": True, "migrations_missing": 0, "worker_silent_seconds": None},
    )
    finish_task(timezone.now() - timedelta(minutes=5))
    assert client.get("/readyz").json()["worker_silent_seconds"] >= 300


def test_healthz_needs_no_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").content == b"ok"
