"""Editors word the messages: placeholders are checked, nothing they write is carried out, nobody is named in subjects."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString

from eguichet_rdv.accounts.models import User
from eguichet_rdv.messaging.domain.composing import Part, compose, fill_line
from eguichet_rdv.messaging.domain.wordings import (
    declared_words,
    find_faults,
    find_words,
    registered_wordings,
    sync_texts,
)
from eguichet_rdv.messaging.models import MessageText
from eguichet_rdv.scheduling.domain.book import book
from eguichet_rdv.scheduling.domain.person import Person
from eguichet_rdv.scheduling.papers.mail import write_appointment_mail
from eguichet_rdv.scheduling.papers.wordings import PREFIX, Told
from tests.harness.clock import Clock
from tests.town import MONDAY, make_town

REMINDER = PREFIX + Told.REMINDER
LANGUAGES = ("fr", "nl", "de", "en")


@pytest.fixture
def own(db: None) -> MessageText:
    sync_texts()
    return MessageText.objects.get(kind=REMINDER, language="fr")


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@town.example", "a long enough password"))
    return client


def test_what_is_put_into_a_text_is_not_read_again() -> None:
    facts: dict[str, str | Part] = {
        "name": "{code} {{7*7}} <b>x</b>",
        "code": Part("THE CODE", SafeString("<i>code</i>")),
    }
    text, html = compose("Hello {name}\n\n{code}", facts)
    assert text == "Hello {code} {{7*7}} <b>x</b>\n\nTHE CODE"
    assert html.count("<i>code</i>") == 1
    assert "&lt;b&gt;x" in html


def test_what_an_editor_writes_is_text() -> None:
    text, html = compose("<script>alert(1)</script> {% now %} {{ settings.SECRET_KEY }}", {})
    assert "<script" not in html
    assert "SECRET" not in text + html
    assert text.startswith("<script>alert(1)</script>")


def test_empty_lines_divide_and_dashes_make_a_list() -> None:
    text, html = compose(
        "One\ntwo\n- three\n- four\nfive https://town.example/x\n\n\n{gone}", {"gone": Part("", SafeString())}
    )
    assert text == "One\ntwo\n\n- three\n- four\n\nfive https://town.example/x"
    assert re.sub(r' style="[^"]*"', "", html) == (
        "<p>One<br>two</p>\n<ul><li>three</li><li>four</li></ul>\n"
        '<p>five <a href="https://town.example/x">https://town.example/x</a></p>'
    )


@pytest.mark.parametrize("code", sorted(registered_wordings()))
def test_the_built_in_words_keep_their_own_rules_and_can_be_seen(code: str, db: None) -> None:
    wording = registered_wordings()[code]
    for language in LANGUAGES:
        words = declared_words(code, language)
        assert list(find_faults(wording, words)) == []
        with translation.override(language):
            content = wording.preview(words)
        assert "{" not in content.subject + content.text
        assert words.title in unescape(content.html)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("subject", "Bonjour {name}, le {moment}"),  # a name on a locked telephone
        ("subject", "{procedures} : {moment}"),
        ("subject", "Votre rendez-vous"),  # the moment is missing
        ("title", "Bonjour {name}"),
        ("text", "{appointment}\n\n{code}"),  # the link is missing
        ("text", "Voici {appointment}\n\n{code}\n\n{change}"),  # not on a line of its own
        ("text", "{appointment}\n\n{code}\n\n{change}\n\n{nom}"),  # unknown
        ("text", "{appointment}\n\n{code}\n\n{change}\n\n{name"),  # half a placeholder
    ],
)
def test_a_text_that_would_fail_somebody_is_refused_at_its_field(
    field: str, text: str, own: MessageText, editor: Client
) -> None:
    words = {"subject": "", "title": "", "text": "", field: text}
    answer = editor.post(reverse("message-texts:edit", args=[own.pk]), words)
    assert list(answer.context["form"].errors) == [field]
    own.refresh_from_db()
    assert (own.subject, own.title, own.text) == ("", "", "")


def test_own_words_hold_in_their_language_only_and_can_be_given_up(own: MessageText, editor: Client) -> None:
    built_in = declared_words(REMINDER, "fr")
    words = {"subject": "À demain : {moment}", "title": built_in.title, "text": built_in.text.replace("\n", "\r\n")}
    editor.post(reverse("message-texts:edit", args=[own.pk]), words)
    own.refresh_from_db()
    assert (own.subject, own.title, own.text) == ("À demain : {moment}", "", "")
    assert find_words(REMINDER, "fr").subject == "À demain : {moment}"
    assert find_words(REMINDER, "nl") == declared_words(REMINDER, "nl")
    editor.post(reverse("message-texts:reset", args=[own.pk]))
    assert find_words(REMINDER, "fr") == built_in


def test_the_preview_shows_what_was_typed_in_its_language_and_saves_nothing(own: MessageText, editor: Client) -> None:
    address = reverse("message-texts:preview", args=[own.pk])
    page = unescape(editor.post(address, {"subject": "Bientôt : {moment}"}).content.decode())
    assert "Bientôt : mardi 16" in page
    assert "data:image/png;base64," in page
    assert "data-faults" in editor.post(address, {"subject": "Bientôt"}).content.decode()
    assert "Bientôt" not in unescape(editor.get(address).content.decode())
    own.refresh_from_db()
    assert own.subject == ""


def test_texts_are_for_editors_and_none_can_be_added_or_deleted(own: MessageText, editor: Client) -> None:
    before = MessageText.objects.count()
    editor.post(reverse("message-texts:add"), {"subject": "x"})
    editor.post(reverse("message-texts:delete", args=[own.pk]))
    assert MessageText.objects.count() == before
    clerk = Client()
    clerk.force_login(User.objects.create_user("clerk", password="a long enough password"))
    for name in ("edit", "preview", "reset"):
        answer = clerk.post(reverse(f"message-texts:{name}", args=[own.pk]), {"subject": "x {moment}"})
        assert answer.status_code in {302, 403}
    own.refresh_from_db()
    assert own.subject == ""


def test_own_words_keep_a_sensitive_procedure_neutral(own: MessageText, clock: Clock) -> None:
    clock.set(MONDAY)
    town = make_town()
    town.card.sensitive_declared = True
    town.card.save()
    MessageText.objects.filter(pk=own.pk).update(
        subject="{day}, {hour}", text="{procedures}\n\n{appointment}\n\n{code}\n\n{bring}\n\n{change}"
    )
    person = Person("Lejeune", "Anne", "1990-02-01", "anne@people.example")
    appointment = book(town.wanted(), town.at("08:30"), person, language="fr", now=clock.now, intent=uuid4())
    content = write_appointment_mail(appointment, Told.REMINDER)
    assert "Population" in content.text
    assert "Carte d" not in content.subject + content.text + content.html


def test_a_part_says_nothing_within_a_line() -> None:
    assert fill_line("a {x} {y}", {"x": Part("part", SafeString())}) == "a  "
