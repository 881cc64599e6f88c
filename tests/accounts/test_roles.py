import pytest
from django.contrib.auth.models import AnonymousUser

from eguichet_rdv.accounts.menu import entries_for
from eguichet_rdv.townhall.domain.roles import locations_for, may
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Location
from tests.town import make_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def make_location(slug: str) -> Location:
    return Location.objects.create(slug=slug, name=slug, municipality="V", street="S 1", postcode="1", city="V")


def test_a_role_counts_where_it_was_given() -> None:
    here, there, clerk = make_location("here"), make_location("there"), make_clerk()
    Assignment.objects.create(user=clerk, location=here, role=Role.CLERK)
    assert may(clerk, Role.CLERK, here)
    assert may(clerk, Role.CLERK)
    assert not may(clerk, Role.CLERK, there)
    assert not may(clerk, Role.EDITOR, here)
    assert list(locations_for(clerk, Role.CLERK)) == [here]
    assert {role for role in Role if may(clerk, role)} == {Role.CLERK, Role.RECEPTION}  # clerks book by telephone too


def test_a_role_without_place_counts_everywhere() -> None:
    here, there, clerk = make_location("here"), make_location("there"), make_clerk()
    Assignment.objects.create(user=clerk, location=None, role=Role.RECEPTION)
    assert set(locations_for(clerk, Role.RECEPTION)) == {here, there}
    assert not may(clerk, Role.CLERK)


def test_a_manager_has_the_other_roles() -> None:
    here, clerk = make_location("here"), make_clerk()
    Assignment.objects.create(user=clerk, location=here, role=Role.MANAGER)
    assert {role for role in Role if may(clerk, role)} == set(Role) - {
        Role.HELPER
    }  # who has the reception needs no helper's account


def test_a_superuser_may_everything() -> None:
    here, clerk = make_location("here"), make_clerk()
    clerk.is_superuser = True
    clerk.save()
    assert may(clerk, Role.EDITOR, here)


def test_nobody_and_people_who_left_may_nothing() -> None:
    here, clerk = make_location("here"), make_clerk()
    Assignment.objects.create(user=clerk, location=here, role=Role.CLERK)
    clerk.is_active = False
    clerk.save()
    assert not may(clerk, Role.CLERK, here)
    assert not may(AnonymousUser(), Role.CLERK)


def test_the_menu_follows_the_roles() -> None:
    here, clerk = make_location("here"), make_clerk()
    assert entries_for(clerk) == []
    Assignment.objects.create(user=clerk, location=here, role=Role.CLERK)
    assert [entry.url_name for entry in entries_for(clerk)] == ["desk", "reception", "screen-list"]
