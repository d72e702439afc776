"""Random ids: never the same twice, in whatever thread or process."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts import ids


def test_ids_are_random_uuids_and_never_the_same_across_threads() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = [id for some in threads.map(lambda _: [ids.new_id() for _ in range(1000)], range(8)) for id in some]
    assert len(set(made)) == 8000
    assert {id.version for id in made} == {4}


def test_each_thread_has_a_pool_of_its_own() -> None:
    ids.random_bytes(1)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: ids._pool.left).result() == b""


def test_a_pool_gives_as_many_bytes_as_are_asked_for_and_none_twice() -> None:
    parts = [ids.random_bytes(count) for count in (16, 5000, 1, 4095, 16)]
    assert [len(part) for part in parts] == [16, 5000, 1, 4095, 16]
    whole = b"".join(ids.random_bytes(8) for _ in range(2000))
    assert len({whole[at : at + 8] for at in range(0, len(whole), 8)}) == 2000


def test_what_the_system_gives_is_given_on_byte_by_byte_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    given = b"".join(number.to_bytes(2, "big") for number in range(10_000))
    monkeypatch.setattr(os, "urandom", lambda count: given[:count])
    pool = ids._Pool()
    assert b"".join(pool.take(count) for count in (1, 16, 8, 200)) == given[:225]


def test_a_child_process_does_not_repeat_its_parent() -> None:
    ids.random_bytes(1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ids.random_bytes(32))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 32)
    os.close(reading)
    os.close(writing)
    assert theirs != ids.random_bytes(32)


def test_numbers_below_a_limit_are_as_likely_as_each_other() -> None:
    counts = Counter(ids.random_below(6) for _ in range(6000))
    assert set(counts) == set(range(6))
    assert all(800 < count < 1200 for count in counts.values())


@pytest.mark.parametrize(
    ("limit", "drawn", "number"),
    [
        (3 << 62, [3 << 62, (1 << 64) - 1, (3 << 62) - 1], (3 << 62) - 1),
        (1 << 64, [(1 << 64) - 1], (1 << 64) - 1),
        (1, [(1 << 64) - 1], 0),
    ],
)
def test_a_draw_that_would_favour_some_numbers_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch, limit: int, drawn: list[int], number: int
) -> None:
    draws = iter(drawn)
    monkeypatch.setattr(ids._pool, "take", lambda _: next(draws).to_bytes(8, "big"))
    assert ids.random_below(limit) == number
    assert list(draws) == []
