import pytest
from django.test import Client

from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment
from tests.town import Town, make_clerk, make_town


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def desk(client: Client, town: Town) -> Client:
    user = make_clerk("reception")
    Assignment.objects.create(user=user, location=town.location, role=Role.RECEPTION)
    client.force_login(user)
    return client
