from datetime import timedelta

import pytest

from eguichet_rdv.messaging.domain.outbox import forget_before, forget_recipient, queue_message
from eguichet_rdv.messaging.domain.recipients import NotOneAddress, is_one_address
from eguichet_rdv.messaging.enums import MessageChannel, MessageState
from eguichet_rdv.messaging.models import Message
from tests.harness.clock import Clock
from tests.messaging.conftest import Queue


def test_the_same_key_is_queued_once(queue: Queue, clock: Clock) -> None:
    queue("ada")
    queue("ada", recipient="somebody.else@people.example")
    assert list(Message.objects.values_list("key", "recipient")) == [("ada", "ada@people.example")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a@b.be, x@evil.be",
        "a@b.be;x@evil.be",
        "a@b.be x@evil.be",
        "a@b.be\nBcc: x@evil.be",
        "a@b.be\r",
        "Ada <a@b.be>",
        "a@b.be,",
        '"a,x"@b.be',
        "a@x.be@b.be",
        "a@b",
        "a@b..be",
        "jan@localhost",
        "a" * 65 + "@" + "b" * 190 + ".be",
    ],
)
def test_what_is_not_one_address_is_refused(text: str, clock: Clock) -> None:
    with pytest.raises(NotOneAddress):
        queue_message("k", "test.plain", "ref", text, channel=MessageChannel.EMAIL, due_at=clock.now)


@pytest.mark.parametrize("text", ["a@b.be", "o'neill@b.be", "ada+rdv@sub.b.be", "ada@gemeente-straße.example"])
def test_one_address_is_taken(text: str) -> None:
    assert is_one_address(text)


def test_a_forgotten_person_leaves_no_address_and_gets_no_mail(queue: Queue) -> None:
    queue("ada")
    queue("bob")
    assert forget_recipient("ada") == 1
    assert list(Message.objects.order_by("key").values_list("recipient", "state")) == [
        ("", MessageState.DROPPED),
        ("bob@people.example", MessageState.PENDING),
    ]


def test_only_finished_messages_are_forgotten_with_time(queue: Queue, clock: Clock) -> None:
    done, waiting = queue("ada"), queue("bob")
    Message.objects.update(created_at=clock.now)
    Message.objects.filter(pk=done.pk).update(state=MessageState.SENT)
    assert forget_before(clock.advance(timedelta(days=30))) == 1
    assert list(Message.objects.all()) == [waiting]
