"""The job runner: long work beside the loop, in order for a target, for several targets at once."""

import logging
import threading
from functools import partial

import pytest

from kit.jobs.runner import Runner


def test_the_jobs_of_one_target_follow_each_other() -> None:
    runner, done = Runner("test"), list[int]()
    runner.start({"a": [partial(done.append, number) for number in range(20)]})
    runner.join()
    assert done == list(range(20))


def test_a_target_whose_jobs_are_under_way_is_not_started_again() -> None:
    runner, done, go_on = Runner("test", at_once=2), list[str](), threading.Event()
    runner.start({"a": [lambda: go_on.wait(30)]})
    runner.start({"a": [partial(done.append, "again")]})
    go_on.set()
    runner.join()
    assert done == []
    runner.start({"a": [partial(done.append, "later")]})
    runner.join()
    assert done == ["later"]


def test_no_more_targets_run_at_once_than_it_is_told_and_who_waited_longest_comes_first() -> None:
    runner, done = Runner("test", at_once=1), list[str]()
    for _ in range(4):
        runner.start({target: [partial(done.append, target)] for target in ("a", "b", "c")})
        runner.join()
    assert done == ["a", "b", "c", "a"]


def test_a_job_that_fails_takes_no_other_with_it_and_its_target_rests(caplog: pytest.LogCaptureFixture) -> None:
    runner, done = Runner("test", at_once=2, rest=3600), list[str]()
    with caplog.at_level(logging.ERROR):
        runner.start({"a": [lambda: 1 / 0, partial(done.append, "the next job")]})
        runner.join()
    assert done == ["the next job"]
    assert [record.message for record in caplog.records] == ["a job of test failed: a"]
    runner.start({"a": [partial(done.append, "too early")], "b": [partial(done.append, "another target")]})
    runner.join()
    assert done == ["the next job", "another target"]


def test_a_target_without_a_job_takes_no_thread() -> None:
    runner, done = Runner("test", at_once=1), list[str]()
    runner.start({"a": [], "b": [partial(done.append, "b")]})
    runner.join()
    assert done == ["b"]
