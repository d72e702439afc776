"""Batches of one process that take turns: one after the other, in the order of their coming, and never for ever."""

import threading

from sqlalchemy import Engine

from kit.turns import Turns, in_turn


def test_who_came_first_goes_first() -> None:
    turns, order, begun = Turns(60.0), list[int](), [threading.Event() for _ in range(4)]

    def work(number: int) -> None:
        begun[number].set()
        with turns.turn() as mine:
            assert mine
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    with turns.turn() as mine:
        assert mine
        for number, thread in enumerate(threads):
            thread.start()
            begun[number].wait(30)
            while turns.waiting() <= number:  # until the thread stands in the queue
                threading.Event().wait(0.001)
        assert order == []
    for thread in threads:
        thread.join(30)
    assert order == [0, 1, 2, 3]


def test_a_batch_that_stands_still_holds_up_no_other_for_ever() -> None:
    turns = Turns(0.01)
    with turns.turn() as first, turns.turn() as second:
        assert (first, second) == (True, False)
    with turns.turn() as third:
        assert third
    assert turns.waiting() == 0


def test_a_batch_that_fails_passes_its_turn_on() -> None:
    turns = Turns(60.0)
    for _ in range(2):
        try:
            with turns.turn() as mine:
                assert mine
                raise LookupError
        except LookupError:
            pass


def test_only_batches_on_sqlite_take_turns(engine: Engine) -> None:
    with in_turn(engine) as mine:
        assert mine is (engine.dialect.name == "sqlite")
