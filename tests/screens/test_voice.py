"""The voice: real sound in the right language, made once, of nothing but a number and a counter."""

import io
import os
import wave
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from eguichet_rdv.screens import clips, voice
from eguichet_rdv.screens.clips import add_audio, clip_directory, make_clip
from eguichet_rdv.screens.voice import Announcement, Espeak, Recorded, write_ssml

LANGUAGES = ("fr", "nl", "de", "en")
CALL = {"kind": "call", "number": "P042", "counter": "5", "languages": ["nl"]}


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(voice, "VOICES", (Recorded(), Espeak()))


def read_seconds(sound: bytes) -> tuple[float, int]:
    """How long it is, and how loud at its loudest."""
    with wave.open(io.BytesIO(sound)) as clip:
        frames = clip.readframes(clip.getnframes())
        return clip.getnframes() / clip.getframerate(), max(abs(value) for value in memoryview(frames).cast("h"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_heard(language: str) -> None:
    seconds, loudest = read_seconds(Espeak().speak(Announcement(language, "P042", "5")))
    assert 1 < seconds < 6
    assert loudest > 3000


def test_the_number_is_said_as_it_is_printed() -> None:
    assert Announcement("fr", "P042", "5").parts == ["P", "0", "42"]
    assert Announcement("fr", "A100", "5").parts == ["A", "100"]
    assert Announcement("fr", "K000", "5").parts == ["K", "0", "0", "0"]


def test_french_says_septante_and_nonante(settings: Settings) -> None:
    said = Announcement("fr", "P095", "5")
    belgian = Espeak().speak(said)
    settings.EGUICHET_VOICES = {**settings.EGUICHET_VOICES, "fr": "fr-fr"}
    assert settings.EGUICHET_VOICES["fr"] != "fr-be"
    assert Espeak().speak(said) != belgian
    # « nonante-cinq » is shorter than « quatre-vingt-quinze ».
    assert read_seconds(belgian)[0] < read_seconds(Espeak().speak(said))[0]


def test_a_counter_cannot_give_orders_to_the_program() -> None:
    hostile = Announcement("en", "P001", '5</speak><audio src="/etc/passwd"/> -f /etc/passwd')
    assert "<audio" not in write_ssml(hostile)
    assert read_seconds(Espeak().speak(hostile))[0] > 1


def test_the_citizen_first_then_the_language_of_the_place(client: Client) -> None:
    call = add_audio(CALL)
    assert client.get(call["audio"]).status_code == 200
    assert [
        clips.read_clip(url.rsplit("/", 1)[1].removesuffix(".wav")) for url in (call["audio"], *call["audio_more"])
    ] == [
        Announcement("nl", "P042", "5"),
        Announcement("fr", "P042", "5"),
    ]
    assert add_audio({**CALL, "languages": ["fr"]})["audio_more"] == []
    assert add_audio({**CALL, "kind": "withdraw"})["audio"] is None


def test_a_clip_is_served_whole_made_once_and_kept(client: Client) -> None:
    url = add_audio(CALL)["audio"]
    first, second = client.get(url), client.get(url)
    assert (first["Content-Type"], "immutable" in first["Cache-Control"]) == ("audio/wav", True)
    assert "Set-Cookie" not in first
    sound = first.content
    assert read_seconds(sound)[0] > 1
    assert second.content == sound
    assert len(list(clip_directory().glob("*.wav"))) == 1


@pytest.mark.django_db
def test_nobody_has_anything_else_said(client: Client) -> None:
    url: str = add_audio(CALL)["audio"]
    assert client.get(url.replace(".wav", "x.wav")).status_code == 404
    assert client.get("/ecran/voice/P042.wav").status_code == 404


def test_old_clips_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "MOST_CLIPS", 2)
    paths = [make_clip(Announcement("fr", f"P00{number}", "5")) for number in range(4)]
    assert [path.exists() for path in paths if path] == [False, False, True, True]


@pytest.mark.usefixtures("no_program")
def test_without_the_program_there_is_a_gong_only(client: Client) -> None:
    assert (add_audio(CALL)["audio"], add_audio(CALL)["audio_more"]) == (None, [])
    assert client.get(clips.clip_url("fr", "P042", "5")).status_code == 503


@pytest.mark.usefixtures("no_program")
def test_recorded_words_replace_the_program(tmp_path: Path, settings: Settings) -> None:
    settings.EGUICHET_VOICE_CLIPS = str(tmp_path / "clips")
    home = tmp_path / "clips" / "fr"
    home.mkdir(parents=True)
    for place, name in enumerate(("number", "p", "0", "42", "counter", "5")):
        with wave.open(str(home / f"{name}.wav"), "wb") as clip:
            clip.setparams((1, 2, 8000, 0, "NONE", ""))
            clip.writeframes(bytes([place + 1, 0]) * 800)
    path = make_clip(Announcement("fr", "P042", "5"))
    assert path is not None
    with wave.open(str(path)) as whole:
        assert set(memoryview(whole.readframes(whole.getnframes())).cast("h")) == {1, 2, 3, 4, 5, 6}
        assert whole.getnframes() == 6 * 800
    assert make_clip(Announcement("fr", "P043", "5")) is None  # nobody recorded 43
    assert Recorded().find_locale("nl") is None


def test_the_program_is_asked_when_a_recorded_word_is_missing(tmp_path: Path, settings: Settings) -> None:
    settings.EGUICHET_VOICE_CLIPS = str(tmp_path / "clips")
    home = tmp_path / "clips" / "fr"
    home.mkdir(parents=True)
    (home / "number.wav").write_bytes(b"not a sound")
    path = make_clip(Announcement("fr", "P042", "5"))
    assert path is not None
    assert read_seconds(path.read_bytes())[0] > 1


@pytest.mark.parametrize("pause", [0, 3600])
def test_a_program_that_did_not_answer_is_asked_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pause: int
) -> None:
    monkeypatch.setattr(voice, "ASK_AGAIN_SECONDS", pause)
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    espeak = Espeak()
    assert espeak.find_locale("nl") is None
    program.unlink()
    assert (espeak.find_locale("nl") is None) is (pause > 0)
