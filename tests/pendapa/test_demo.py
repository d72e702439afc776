"""The demo's people are invented."""

import re

from contracts.region import Region
from pendapa.demo import messages


def test_every_sender_has_a_number_that_nobody_has(tiny: Region) -> None:
    filed = list(messages(tiny))

    assert len(filed) == len({message.phone for message in filed}) == 25
    assert all(re.fullmatch(r"\+62811000\d{3}", message.phone) for message in filed)


def test_the_same_messages_come_each_time(tiny: Region) -> None:
    assert list(messages(tiny)) == list(messages(tiny))
