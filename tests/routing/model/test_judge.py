"""How a model is judged: shares with their interval, coverage, calibration."""

import numpy as np
import pytest

from services.routing.training.calibrate import steps, temperature
from services.routing.training.judge import Judgement, Share, score


def judged(right: int, wrong: int, confidence: float) -> list[Judgement]:
    return [Judgement(("a",), ("a", "b"), confidence)] * right + [Judgement(("c",), ("a", "b"), confidence)] * wrong


def test_coverage_is_the_most_of_the_surest_that_are_95_percent_right() -> None:
    found = score(judged(19, 1, 0.9) + judged(10, 10, 0.5), bar=0.95)
    assert (found.covered.right, found.covered.of) == (19, 20)
    assert found.opened.of == 0
    assert (found.first.right, found.first.of) == (29, 40)


def test_reports_of_equal_confidence_are_covered_together_or_not_at_all() -> None:
    assert score(judged(90, 10, 0.9), bar=0.5).covered.of == 0


def test_any_of_several_labels_is_right() -> None:
    found = score([Judgement(("x", "b"), ("a", "b", "c"), 0.4), Judgement(("x", "a"), ("a",), 0.4)], bar=0.4)
    assert found.first.right == 1
    assert found.three.right == 2
    assert found.opened.of == 2


def test_the_calibration_error_is_the_gap_between_confidence_and_what_is_right() -> None:
    assert score(judged(8, 2, 0.8), bar=1).error == pytest.approx(0)
    assert score(judged(5, 5, 0.8), bar=1).error == pytest.approx(0.3)


def test_the_interval_of_nothing_is_everything() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)
    low, high = Share(95, 100).interval
    assert 0.88 < low < 0.95 < high < 0.98


def test_few_right_rows_do_not_make_the_machine_sure() -> None:
    confidence = np.linspace(0.5, 0.9, 10)
    points = steps(confidence, np.ones(10), np.ones(10))
    assert points[-1][1] < 0.95
    assert steps(np.linspace(0.5, 0.9, 60), np.ones(60), np.ones(60))[-1][1] > 0.95


def test_calibration_never_falls() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.random(300)
    points = steps(confidence, (rng.random(300) < confidence).astype(float), np.ones(300))
    assert [y for _, y in points] == sorted(y for _, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)


def test_scores_that_are_too_sure_are_cooled() -> None:
    scores = np.array([[5.0, 0.0]] * 10)
    right = np.array([0] * 6 + [1] * 4)
    assert temperature(scores, right, np.ones(10)) > 1
