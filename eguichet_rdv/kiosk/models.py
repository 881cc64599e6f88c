from django.conf import settings
from django.db import models

from eguichet_rdv.townhall.models import Kiosk


class BirthDigest(models.Model):
    """A slow digest of one date of birth for one place and day, computed once; deleted when the day is past.

    ``key`` is a keyed hash of place, day and date of birth, so the row alone says nothing.
    """

    key = models.CharField(max_length=64, unique=True)
    date = models.DateField(db_index=True)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.date} {self.key[:8]}"


class UnclearArrival(models.Model):
    """Somebody a kiosk gave a number to and of whom no ticket could be made: staff must look for them.

    Nothing personal: the number on their paper is all that is known. ``arrived_at`` is null when the kiosk named no
    believable hour; ``problem`` is the kind of the fault, for whoever reads the log.
    """

    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT, related_name="unclear_arrivals")
    seq = models.BigIntegerField()
    uid = models.UUIDField()
    number = models.CharField(max_length=7)
    arrived_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)
    problem = models.CharField(max_length=80)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("received_at", "id")
        constraints = (models.UniqueConstraint(fields=["kiosk", "seq", "uid"], name="unclear_arrival_once"),)

    def __str__(self) -> str:
        return f"{self.number} ({self.kiosk_id}/{self.seq})"
