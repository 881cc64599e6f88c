import json
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from eguichet_rdv.screens import views
from eguichet_rdv.townhall.models import CallScreen
from eguichet_rdv.waiting.domain.serve import finish, park
from tests.hall import Hall, make_hall

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def hall() -> Hall:
    return make_hall()


def shown(client: Client, slug: str = "a") -> list[tuple[str, str]]:
    context = client.get(reverse("screen", args=[slug])).context
    return [(call["number"], call["counter"]) for call in context["shown"] if call]


def test_the_page_is_right_before_any_script(client: Client, hall: Hall) -> None:
    ticket = hall.arrive()
    hall.call(hall.sit_down())
    answer = client.get(reverse("screen", args=["a"]))
    assert shown(client) == [(str(ticket.number), "1")]
    assert f'<span class="number">{ticket.number}</span>' in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_it_speaks_all_languages_of_the_site(client: Client, hall: Hall) -> None:
    words = client.get(reverse("screen", args=["a"])).context["words"]
    assert {language for language, _word in words["counter"]} <= {"fr", "nl", "de", "en"}
    assert words["counter"]


def test_nothing_but_number_and_counter(client: Client, hall: Hall) -> None:
    hall.arrive()
    hall.call(hall.sit_down())
    (call,) = client.get(reverse("screen-snapshot", args=["a"])).json()["calls"]
    assert set(call) == {"id", "kind", "number", "counter", "zone", "zones", "languages", "audio", "audio_more", "at"}


def test_the_snapshot_is_the_message_of_the_socket(client: Client, hall: Hall) -> None:
    hall.arrive()
    hall.call(hall.sit_down())
    answer = client.get(reverse("screen-snapshot", args=["a"]))
    message = json.loads(answer.content)
    assert (message["type"], message["version"], len(message["calls"])) == ("snapshot", 1, 1)
    assert answer["Cache-Control"] == "no-store"


def test_the_foot_says_what_was_written_and_how_long_one_waits(client: Client, hall: Hall) -> None:
    foot = reverse("screen-notices", args=["a"])
    assert client.get(foot).json()["notices"] == []
    hall.sit_down()
    hall.screen.notices = "Closed on Friday\n\n"
    hall.screen.shows_waits = True
    hall.screen.save()
    written, *waits = client.get(foot).json()["notices"]
    assert written == {"language": "", "text": "Closed on Friday"}
    assert [wait["language"] for wait in waits] == [code for code, _name in settings.LANGUAGES]
    assert all("min" in wait["text"].lower() for wait in waits)
    assert client.get(reverse("screen", args=["a"])).content.decode().count('class="notices"') == 1


def test_another_setting_is_another_page_but_not_a_call_or_a_notice(
    client: Client, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_mark() -> str:
        page = client.get(reverse("screen", args=["a"])).content.decode()
        mark: str = client.get(reverse("screen-notices", args=["a"])).json()["mark"]
        assert f'data-mark="{mark}"' in page
        return mark

    marks = [read_mark()]
    hall.arrive()
    hall.call(hall.sit_down())
    CallScreen.objects.update(notices="Closed on Friday", shows_waits=True, seen_at=timezone.now())
    assert read_mark() == marks[0]
    for change in ({"sound": False}, {"zone": hall.town.zone_b}, {"zone": None}):
        CallScreen.objects.filter(slug="a").update(**change)
        marks.append(read_mark())
    monkeypatch.setattr(views, "RELEASE", "another")
    marks.append(read_mark())
    assert len(set(marks)) == 5


def test_a_line_too_long_for_the_foot_is_refused(hall: Hall) -> None:
    hall.screen.notices = "x" * 121
    with pytest.raises(ValidationError):
        hall.screen.full_clean()


def test_of_two_screens_one_is_silent(client: Client, hall: Hall) -> None:
    hall.screen.sound = False
    hall.screen.save()
    assert 'data-gong=""' in client.get(reverse("screen", args=["a"])).content.decode()
    assert "gong.wav" in client.get(reverse("screen", args=["all"])).content.decode()


def test_a_call_is_shown_in_the_zone_of_the_ticket_and_in_that_of_the_counter(client: Client, hall: Hall) -> None:
    CallScreen.objects.create(slug="b", name="Screen B", zone=hall.town.zone_b, location=hall.town.location)
    session = hall.sit_down()
    here, across = hall.arrive(), hall.arrive()
    across.stops.update(zone=hall.town.zone_b)  # the counter is in zone A
    for _visitor in range(2):
        finish(session, hall.call(session), intent=uuid4(), now=timezone.now())
    assert shown(client, "b") == [(str(across.number), "1")]
    assert shown(client, "a") == shown(client, "all") == [(str(across.number), "1"), (str(here.number), "1")]


def test_a_busy_zone_does_not_push_the_other_off_its_screen(client: Client, hall: Hall) -> None:
    quiet = hall.arrive()
    session = hall.sit_down()
    finish(session, hall.call(session), intent=uuid4(), now=timezone.now())
    for _visitor in range(8):
        ticket = hall.arrive()
        ticket.stops.update(zone=hall.town.zone_b)
        finish(session, hall.call(session), intent=uuid4(), now=timezone.now())
    called = client.get(reverse("screen-snapshot", args=["all"])).json()["calls"]
    assert [call["zone"] for call in called] == ["B"] * 6 + ["A"]
    assert called[0]["zones"] == ["B", "A"]  # the counter is in zone A
    assert str(quiet.number) in {call["number"] for call in called}
    assert len(shown(client, "all")) == 6


def test_somebody_put_aside_leaves_the_screen(client: Client, hall: Hall) -> None:
    hall.arrive()
    session = hall.sit_down()
    stop = hall.call(session)
    park(session, stop, intent=uuid4(), now=timezone.now())
    assert shown(client) == []


def test_unknown_screen(client: Client, db: None) -> None:
    assert client.get(reverse("screen", args=["nowhere"]), follow=True).status_code == 404
    assert client.get(reverse("screen-snapshot", args=["nowhere"]), follow=True).status_code == 404


def test_looking_changes_nothing(client: Client, hall: Hall) -> None:
    client.get(reverse("screen", args=["a"]))
    client.get(reverse("screen-snapshot", args=["a"]))
    hall.screen.refresh_from_db()
    assert hall.screen.seen_at is None
    assert client.post(reverse("screen", args=["a"])).status_code == 405


def test_the_list_of_screens_is_for_staff(client: Client, hall: Hall) -> None:
    assert client.get(reverse("screen-list")).status_code == 302
    client.force_login(hall.clerk)
    answer = client.get(reverse("screen-list"))
    assert {screen.slug for screen in answer.context["screens"]} == {"a", "all"}
