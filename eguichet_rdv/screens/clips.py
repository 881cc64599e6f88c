"""The files of the voice: named by what is in them, made when first asked for, kept."""

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from eguichet_rdv.screens.voice import Announcement, CannotSpeakError, list_voices

MOST_CLIPS = 3_000
"""Kept at a time, some 100 kB each; a busy town hall says as many different sentences in a week."""

log = structlog.get_logger(__name__)
_signer = Signer(salt="eguichet.screens.clips")


def add_audio(call: Mapping[str, Any]) -> dict[str, Any]:
    """The call with where to hear it: ``audio`` in the citizen's language, ``audio_more`` in the site's first one."""
    languages = dict.fromkeys((*call["languages"], settings.LANGUAGE_CODE))
    spoken = [clip_url(language, call["number"], call["counter"]) for language in languages if list_voices(language)]
    heard = spoken if call["kind"] != "withdraw" and call["counter"] else []
    return {**call, "audio": heard[0] if heard else None, "audio_more": heard[1:]}


def give_voice(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The whole board, with where to hear each call."""
    return {**snapshot, "calls": [add_audio(call) for call in snapshot["calls"]]}


@lru_cache(maxsize=1024)
def clip_url(language: str, number: str, counter: str) -> str:
    """The address of an announcement; signed, so that nobody has anything else said."""
    return reverse("screen-clip", args=[_signer.sign_object([language, number, counter])])


def read_clip(token: str) -> Announcement | None:
    """What an address says; None if it is not ours."""
    try:
        language, number, counter = _signer.unsign_object(token)
    except (BadSignature, ValueError):
        return None
    return Announcement(language, number, counter)


def make_clip(said: Announcement) -> Path | None:
    """The file, made if it is not there yet; None while nobody can speak the language."""
    for voice, locale in list_voices(said.language):
        name = hashlib.sha256("\0".join((locale, *said.parts, said.counter)).encode()).hexdigest()[:32]
        path = clip_directory() / f"{name}.wav"
        with _one_at_a_time():
            if path.is_file():
                return path
            try:
                sound = voice.speak(said)
            except CannotSpeakError as error:
                log.warning("the voice failed", locale=locale, error=repr(error.__cause__ or error))
                continue
            _forget_old_clips()
            new = path.with_suffix(".new")
            new.write_bytes(sound)
            new.replace(path)  # whole or not at all
            return path
    return None


def clip_directory() -> Path:
    """Where the clips are kept; all of it may be deleted at any time."""
    directory: Path = settings.DATA_DIR / "voice"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Twenty screens ask for the same new clip at once: one process makes it, the others wait for it."""
    with (clip_directory() / "lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _forget_old_clips() -> None:
    clips = sorted(clip_directory().glob("*.wav"), key=lambda path: path.stat().st_mtime)
    for path in clips[: max(0, len(clips) - MOST_CLIPS + 1)]:
        path.unlink(missing_ok=True)
