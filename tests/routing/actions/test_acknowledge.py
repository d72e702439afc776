"""The act acknowledge."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.routing.conftest import ROAD, Routing

BY = ("agency",)
BODY: dict[str, Any] = {}


def test_of_two_acts_at_once_the_second_sees_the_first(routing: Routing) -> None:
    reports = [routing.report(ROAD) for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        for report in reports:
            answers = list(pool.map(lambda _, id=report: routing.do("dpu", id, "acknowledge"), range(8)))
            assert {answer.status_code for answer in answers} == {200}
            assert routing.types(report).count("case.acknowledged") == 1
