from django.db import models


class BirthDigest(models.Model):
    """A slow digest of one date of birth for one place and day, computed once; deleted when the day is past.

    ``key`` is a keyed hash of place, day and date of birth, so the row alone says nothing.
    """

    key = models.CharField(max_length=64, unique=True)
    date = models.DateField(db_index=True)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.date} {self.key[:8]}"
