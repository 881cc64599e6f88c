"""What was uploaded in the CMS is shown as a picture, or not at all."""

from pathlib import Path

import pytest
from django.test import Client, override_settings

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]


def test_pictures_are_shown_and_nothing_else(client: Client, tmp_path: Path) -> None:
    (tmp_path / "media" / "images").mkdir(parents=True)
    for name in ("media/images/hall.png", "media/images/hall.svg", "media/images/hall.html", "secret.png"):
        (tmp_path / name).write_bytes(b"<script>")
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        shown = client.get("/media/images/hall.png")
        assert (shown.status_code, shown.content) == (200, b"<script>")
        assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
        assert "default-src 'none'" in shown["Content-Security-Policy"]
        for name in ("images/hall.svg", "images/hall.html", "images/none.png", "images.png"):
            assert client.get(f"/media/{name}").status_code == 404, name
        assert client.get("/media/../secret.png").status_code in {400, 404}
        assert client.get("/media/%2e%2e/secret.png").status_code in {400, 404}
