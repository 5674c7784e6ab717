"""How a request is taken apart; what its parts take is nobody's promise in a test."""

from types import SimpleNamespace

import pytest

from tests.load import profile
from tests.load.probes import Probes


class Clock:
    """Goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def spend(self, nanoseconds: int) -> None:
        self.now += nanoseconds


def test_a_part_is_timed_without_the_parts_inside_of_it() -> None:
    clock = Clock()
    probes = Probes(clock)
    inner = probes.timed("inner", clock.spend)

    def work() -> str:
        clock.spend(5)
        inner(20)
        inner(30)
        return "done"

    outer = probes.timed("outer", work)
    assert (outer(), outer()) == ("done", "done")
    assert probes.take() == {"outer": 10, "inner": 100}
    assert probes.take() == {}


def test_a_part_that_raises_is_timed_too_and_leaves_nothing_behind() -> None:
    clock = Clock()
    probes = Probes(clock)

    def fail() -> None:
        clock.spend(7)
        raise KeyError("gone")

    for _ in range(2):
        with pytest.raises(KeyError):
            probes.timed("failing", fail)()
        assert probes.take() == {"failing": 7}


def test_probes_are_there_only_while_the_block_runs() -> None:
    def work() -> None:
        pass

    owner, probes = SimpleNamespace(work=work), Probes()
    with probes.placed({"work": [(owner, "work")]}):
        owner.work()
    assert owner.work is work
    assert list(probes.take()) == ["work"]


def test_every_place_that_the_profile_looks_at_is_still_there() -> None:
    with Probes().placed(profile._PLACES):
        pass


def test_the_table_leaves_out_what_took_no_time() -> None:
    parts = dict.fromkeys(profile._PLACES, 0.0)
    found = {"GET": parts | {profile._REST: 40.4, "routing": 7.6, profile._PLAIN: 46.0}}
    assert profile.table(found).splitlines() == [
        "| µs | GET |",
        "| --- | --- |",
        "| Flask and the rest | 40 |",
        "| routing | 8 |",
        "| the whole call, not taken apart | 46 |",
    ]
