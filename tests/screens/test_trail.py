import itertools

from eguichet_rdv.screens.trail import Trail


def test_versions_in_order_leave_no_hole() -> None:
    trail = Trail()
    for version in range(1, 5):
        trail.note(version)
    assert (trail.version, trail.broken) == (4, False)


def test_whatever_the_order_the_hole_closes() -> None:
    for order in itertools.permutations(range(1, 6)):
        trail = Trail()
        for version in order:
            trail.note(version)
        assert (trail.version, trail.broken, trail.newest) == (5, False, 5)


def test_a_lost_message_is_a_hole() -> None:
    trail = Trail()
    trail.restart(10)
    trail.note(12)
    assert (trail.version, trail.broken, trail.newest) == (10, True, 12)


def test_a_snapshot_closes_the_hole_and_keeps_what_is_newer() -> None:
    trail = Trail()
    trail.restart(10)
    trail.note(12)
    trail.note(14)
    trail.restart(13)
    assert (trail.version, trail.broken) == (14, False)


def test_a_snapshot_of_a_restored_database_counts() -> None:
    trail = Trail()
    trail.restart(10)
    trail.restart(3)
    assert trail.version == 3
