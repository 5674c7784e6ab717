"""What the bench computes; what it measures is nobody's promise in a test."""

import pytest

from tests.load.agreement import facts
from tests.load.calls import BASELINE, ONE, POST, SERVICE, Run, Sample
from tests.load.clients import parse_wrk, summarise
from tests.load.goals import Goal
from tests.load.report import (
    memory_figures,
    missed,
    peer_figures,
    put_between_markers,
    spread,
    start_figures,
    table,
)


def sample(*, rate: float, cpu_us: float = 0, errors: int = 0, p99_ms: float = 9) -> Sample:
    run = Run(round(rate * 10), errors, seconds=10, p50_ms=2, p99_ms=p99_ms)
    return Sample(run, cpu_us)


def test_the_figures_are_read_from_what_wrk_prints() -> None:
    output = (
        "Running 1s test @ http://127.0.0.1:8000/\n"
        "  938 requests in 1.00s, 1.28MB read\n"
        "figures requests=938 errors=3 seconds=1.002228 p50_ms=2.060 p99_ms=5.860\n"
    )
    assert parse_wrk(output) == Run(938, 3, 1.002228, 2.06, 5.86)


def test_output_without_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="unable to connect"):
        parse_wrk("unable to connect to 127.0.0.1:8000")


def test_an_error_counts_as_the_latest_of_all_answers() -> None:
    run = summarise([float(ms) for ms in range(1, 100)] + [float("inf")], seconds=2)
    assert (run.requests, run.errors, run.rate) == (100, 1, 50)
    assert run.p50_ms == pytest.approx(50.5)
    assert run.p99_ms >= 99


@pytest.mark.parametrize(
    ("values", "text"),
    [([0.5], "0.50"), ([0.5, 0.501], "0.50"), ([0.7, 0.4, 0.5], "0.50 (0.40–0.70)")],
)
def test_a_spread_tells_the_median_and_its_range(values: list[float], text: str) -> None:
    assert spread(values, "{:.2f}") == text


def test_the_ratio_is_the_median_of_the_rounds_and_not_a_ratio_of_medians() -> None:
    # The machine had half its speed in the second round, and a tenth of it in the third.
    samples = {
        BASELINE: [sample(rate=1000), sample(rate=500), sample(rate=100)],
        ONE: [sample(rate=500, cpu_us=1e6), sample(rate=250, cpu_us=1e6), sample(rate=70)],
    }
    assert table(samples, {ONE: Goal(ratio=0.45)}).splitlines()[-1] == (
        "| GET one todo | 250 (70–500) | 0.50 (0.50–0.70) | ≥ 0.45 "
        "| 200 (0–400) | 2.0 | 9.0 |  | 0 |"
    )


def test_only_missed_goals_are_told() -> None:
    samples = {
        BASELINE: [sample(rate=1000)],
        ONE: [sample(rate=440)],
        POST: [sample(rate=100, errors=2, p99_ms=61)],
    }
    goals = {ONE: Goal(ratio=0.45), POST: Goal(p99_ms=60)}
    assert missed(samples, goals) == [
        "GET one todo: 0.44 of the empty route, not 0.45.",
        "POST a todo: p99 is 61 ms, not 60.",
        "POST a todo: 2 errors.",
    ]
    assert missed(samples, {ONE: Goal(ratio=0.44)}) == []


def test_a_peer_is_compared_call_by_call_within_each_round() -> None:
    samples = {
        SERVICE: {BASELINE: [sample(rate=1000)], ONE: [sample(rate=300), sample(rate=80)]},
        "Slow": {ONE: [sample(rate=100, cpu_us=1e6), sample(rate=40, cpu_us=1e6)]},
    }
    figures = peer_figures(samples, {"Slow": {ONE: 2.6}})
    assert figures.text.splitlines()[-1] == (
        "| GET one todo | Slow | 70 (40–100) | 2.5 (2.0–3.0) | ≥ 2.6 "
        "| 1750 (1000–2500) | 2.0 | 9.0 | 0 |"
    )
    assert figures.missed == ["GET one todo: 2.50 times Slow, not 2.6."]
    assert peer_figures(samples, {"Slow": {ONE: 2.5}}).missed == []


def test_memory_and_the_cold_start_are_told_with_their_goals() -> None:
    grown = memory_figures(100 << 20, 106 << 20, 100_000)
    assert "| 1.06 (100 → 106 MiB) | ≤ 1.05 |" in grown.text
    assert grown.missed == ["Memory: 1.06 times."]
    assert memory_figures(100 << 20, 105 << 20, 100_000).missed == []
    started = start_figures([0.5, 0.7, 0.6])
    assert "| 0.60 (0.50–0.70) | ≤ 0.6 |" in started.text
    assert started.missed == []
    assert start_figures([0.5, 0.7, 0.61]).missed == ["Cold start: 0.61 s."]


def test_an_instant_is_the_same_however_it_is_written() -> None:
    ours = {"id": 1, "url": "http://a/1", "created_at": "2026-11-25T03:00:00Z", "deleted_at": None}
    theirs = ours | {"url": "http://b/1", "created_at": "2026-11-25T03:00:00.000000+00:00"}
    assert facts(ours) == facts(theirs)
    assert facts(ours) != facts(theirs | {"id": 2})
    assert facts(ours) != facts(theirs | {"due_date": None})


def test_figures_replace_only_what_stands_between_the_markers() -> None:
    document = "Why.\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nHow.\n"
    renewed = put_between_markers(document, r"new \1")
    assert renewed == ("Why.\n<!-- figures: begin -->\n\nnew \\1\n\n<!-- figures: end -->\nHow.\n")
    assert put_between_markers(renewed, r"new \1") == renewed


def test_each_kind_of_figures_has_markers_of_its_own() -> None:
    kept = "<!-- figures: begin -->\nkept\n<!-- figures: end -->\n"
    document = f"{kept}<!-- growth: begin -->\nold\n<!-- growth: end -->\n"
    renewed = put_between_markers(document, "new", "growth")
    assert renewed == f"{kept}<!-- growth: begin -->\n\nnew\n\n<!-- growth: end -->\n"


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="figures: begin"):
        put_between_markers("Nothing here.", "figures")
