"""A running government learns: what its people decide is kept, makes a better model, and that model takes over."""

import pytest
from sqlalchemy import select

from bench.odd_duties import OddRegency
from contracts.region import load_region
from kit.db import snapshot, transaction
from pendapa import training
from services.routing import decisions
from services.routing.decisions import Decided
from services.routing.handlers import Handlers
from services.routing.model_tables import DECISION, MODEL
from services.routing.models import LOOK_EACH, ModelInUse, install
from services.routing.reading.beliefs import beliefs
from services.routing.reading.clues import Clues
from services.routing.training import course as courses
from services.routing.training import learned
from services.routing.training.build import Course, finish, train
from services.routing.training.region import texts
from tests.routing.conftest import ROAD, TINY, UNSURE, Routing
from tests.routing.model.test_model_file import KNOWN

SEED = 1


def decided(odd: OddRegency, count: int) -> list[Decided]:
    return [
        Decided(n, str(n), each.at, each.text, None, each.agency, each.category, "complaint", "none")
        for n, each in enumerate(odd.decisions(count), 1)
    ]


def test_two_thousand_decisions_teach_the_odd_duties_of_a_regency() -> None:
    odd = OddRegency(load_region(TINY), SEED)
    rows = decided(odd, 2_300)
    clues = Clues(odd.region)
    examples = [*learned.examples(rows[:2_000], odd.region, clues), *texts(odd.region, clues)]
    model = train(examples, Course({}, beliefs=beliefs(odd.region)))
    found = learned.compare(odd.region, model, None, rows[2_000:])
    assert found.in_use.share < 0.40
    assert found.new.share > 0.85
    assert found.takes_over


def test_what_a_person_decides_is_kept_and_what_the_machine_opens_is_not(routing: Routing) -> None:
    assert routing.ask("official", f"/{routing.report(ROAD)}").json()["status"] == "disposed"  # by the machine
    report = routing.report(UNSURE)
    routing.do("official", report, "verify", category="kesehatan")
    routing.do("official", report, "dispose", agency="dpu", reason="jalan")
    with snapshot(routing.engine) as session:
        (row,) = decisions.newest(session, 10)
    assert (row.report, row.agency, row.text, row.spam) == (report, "dpu", UNSURE, "none")


def test_a_rejected_report_teaches_no_agency(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.do("official", report, "reject", reason="bukan laporan")
    with snapshot(routing.engine) as session:
        (row,) = decisions.newest(session, 10)
    assert (row.agency, row.spam) == (None, None)


def test_acts_that_say_nothing_of_the_desk_teach_nothing(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.do("official", report, "verify", category="kesehatan")
    routing.do("dinkes", report, "acknowledge")
    routing.do("dinkes", report, "respond", text="sudah", acted=True)
    with snapshot(routing.engine) as session:
        assert session.execute(select(DECISION.c.move)).scalars().all() == ["verify"]


def test_a_running_process_takes_up_a_new_model_by_itself(routing: Routing) -> None:
    made = train(KNOWN, Course({}))
    model = finish(made, made.heads, {"rows": len(KNOWN)})
    time = [0.0]
    models = ModelInUse(None, lambda: time[0])
    with transaction(routing.engine) as session:
        assert models.look(session) is None
        install(session, model, routing.now)
        assert models.look(session) is None  # it looked just now
        time[0] += LOOK_EACH
        found = models.look(session)
    assert found is not None
    assert found.id == model.id


def test_a_government_learns_from_its_officials_while_it_runs(
    routing: Routing, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tiny region gives roads to dpu; these officials give some roads to dinkes."""
    words = [chr(97 + n) * 3 for n in range(26)]  # no message may be a repeat of another
    for n in range(2 * learned.FEWEST + 10):
        text, agency = (f"alun alun {words[n % 26]}", "dinkes") if n % 2 else (f"kali besar {words[n % 26]}", "dpu")
        report = routing.report(f"{text} {words[n // 26]}")
        answer = routing.do("official", report, "verify", agency=agency, category="jalan-rusak")
        assert answer.status_code == 200, answer.text
    training.train(TINY, [], routing.engine, None, None, 1, anew=False)
    assert "is in use" in capsys.readouterr().out
    models = ModelInUse(None)
    routing.handlers = Handlers(routing.rules, lambda: routing.now, models)
    seen = routing.ask("official", f"/{routing.report('alun alun baru')}").json()["reading"]
    card = routing.client.get("/v1/model", headers=routing.key("anonymous")).json()
    assert seen["candidates"][0]["agency"] == "dinkes"
    assert seen["model"] == card["id"] != "rules"
    assert card["sources"] == [{"name": "decisions", "rows": learned.FEWEST + 10, "licence": None}]


def test_a_model_of_another_version_changes_nothing(routing: Routing, caplog: pytest.LogCaptureFixture) -> None:
    models = ModelInUse(None)
    with transaction(routing.engine) as session:
        row = {"id": "new", "made_at": routing.now, "content": b"pendapa-model 9\n", "card": "{}"}
        session.execute(MODEL.insert().values(**row))
        assert models.look(session) is None
    assert "model 1:1: not a model of this version" in caplog.text


def test_the_newest_decisions_are_not_learned_from_but_judged_on() -> None:
    rows = decided(OddRegency(load_region(TINY), SEED), 100)
    parts = learned.split(rows)
    assert [*parts.learned, *parts.held] == rows
    assert len(parts.held) == learned.FEWEST
    assert parts.until == 80


def test_a_model_that_is_worse_does_not_take_over() -> None:
    odd = OddRegency(load_region(TINY), SEED)
    rows = decided(odd, 300)
    clues = Clues(odd.region)
    course = Course({}, beliefs=beliefs(odd.region))
    good = train([*learned.examples(rows[:200], odd.region, clues), *texts(odd.region, clues)], course)
    bad = train([*texts(odd.region, clues)], course)
    assert learned.compare(odd.region, good, bad, rows[200:]).takes_over
    assert not learned.compare(odd.region, bad, good, rows[200:]).takes_over


def test_with_too_few_decisions_that_neither_saw_the_model_in_use_stays() -> None:
    odd = OddRegency(load_region(TINY), SEED)
    model = train([*texts(odd.region, Clues(odd.region))], Course({}, beliefs=beliefs(odd.region)))
    assert not learned.compare(odd.region, model, None, decided(odd, learned.FEWEST - 1)).takes_over


def test_a_confidence_is_calibrated_on_reports_that_were_not_trained_on() -> None:
    odd = OddRegency(load_region(TINY), SEED)
    clues = Clues(odd.region)
    examples = [*learned.examples(decided(odd, 300), odd.region, clues), *texts(odd.region, clues)]
    trained = courses.run(odd.region, examples, Course({}, beliefs=beliefs(odd.region)), {"bar": 0.95}, 0.95)
    assert trained.scores["agency"].error < 0.05
    assert trained.model.card["scores"]["agency"]["rows"] == 300
    again = courses.run(odd.region, examples, Course({}, beliefs=beliefs(odd.region)), {"bar": 0.95}, 0.95)
    assert again.model.id == trained.model.id


def test_the_card_is_public_and_names_the_bar(routing: Routing) -> None:
    card = routing.client.get("/v1/model", headers=routing.key("anonymous")).json()
    assert (card["id"], card["bar"]) == ("rules", routing.rules.region.bar)
