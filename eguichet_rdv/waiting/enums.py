from django.db import models
from django.utils.translation import gettext_lazy as _


class StopState(models.TextChoices):
    PLANNED = "planned", _("planned after another counter")
    WAITING = "waiting", _("waiting")
    CALLED = "called", _("called")
    SERVING = "serving", _("being served")
    PARKED = "parked", _("put aside")
    DONE = "done", _("done")
    NO_SHOW = "no_show", _("absent")
    LEFT = "left", _("gone")


LIVE = (StopState.WAITING, StopState.CALLED, StopState.SERVING, StopState.PARKED)
"""The states of somebody who is still to be served or being served; a ticket has one such stop at most."""

AT_COUNTER = (StopState.CALLED, StopState.SERVING)
AWAY = (StopState.NO_SHOW, StopState.LEFT)


class StopEventKind(models.TextChoices):
    ARRIVED = "arrived", _("arrived")
    CALLED = "called", _("called")
    RECALLED = "recalled", _("called again")
    WITHDRAWN = "withdrawn", _("call withdrawn")
    SERVED = "served", _("service began")
    FINISHED = "finished", _("finished")
    PARKED = "parked", _("put aside")
    RESUMED = "resumed", _("back in the line")
    TRANSFERRED = "transferred", _("transferred")
    NOT_SERVED = "not_served", _("could not be served")
    PRIORITY = "priority", _("given priority")
    UNDONE = "undone", _("taken back")
    NO_SHOW = "no_show", _("absent")
    LEFT = "left", _("gone")
    CAME_BACK = "came_back", _("came back")


class SessionState(models.TextChoices):
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    LAST = "last", _("last visitor")
    CLOSED = "closed", _("closed")


class ArrivalChannel(models.TextChoices):
    KIOSK = "kiosk", _("kiosk")
    RECEPTION = "reception", _("reception")
    CLERK = "clerk", _("clerk")


class UnservedReason(models.TextChoices):
    """Why somebody who was there could not be served; for statistics, so a choice and no free text."""

    PHOTO = "photo", _("photo missing or not accepted")
    DOCUMENT = "document", _("document missing")
    PERSON = "person", _("the person concerned did not come along")
    ELSEWHERE = "elsewhere", _("has to go to another administration")
    SYSTEM = "system", _("a computer system is down")
    OTHER = "other", _("other reason")


class PriorityReason(models.TextChoices):
    """Why somebody is called sooner; neutral words, no diagnosis."""

    SENT_BACK = "sent_back", _("fetched what was missing and is back")
    OUR_FAULT = "our_fault", _("waited too long through our fault")
    CANNOT_WAIT = "cannot_wait", _("cannot wait long")
    AGREED = "agreed", _("agreed with the head of service")
