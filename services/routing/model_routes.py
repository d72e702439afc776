"""`/v1/model`: what the public may know of the model that reads reports."""

from datetime import date
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.caller import Caller
from kit.db import snapshot
from kit.openapi import DESCRIBED
from services.routing.models import ModelInUse
from services.routing.reading.beliefs import RULES
from services.routing.routes import RouteContext, show


class CardPart(BaseModel):
    """A part of a card; its members are described by the docstrings under them."""

    model_config = ConfigDict(**DESCRIBED)


class ShareOf(CardPart):
    """How many of how many were right, and between what the true share lies with 95% probability (Wilson)."""

    right: int
    """How many were right."""
    of: int
    """Of how many."""
    share: float
    """The first divided by the second; 0 of none."""
    low: float
    """The lower end."""
    high: float
    """The upper end."""


class HeadScores(CardPart):
    """How well one question was answered, on reports that the judged model had not seen."""

    rows: int
    """The reports that it was judged on."""
    first: ShareOf
    """The first answer is right."""
    three: ShareOf
    """The right answer is among the first three."""
    covered: ShareOf
    """Of the surest answers, as many as can be taken with 95% of them right."""
    opened: ShareOf
    """Of the answers whose confidence reaches the bar."""
    calibration_error: float
    """How far confidence is from the share that is right, on average."""
    macro_f1: float
    """The mean of the classes' F1."""


class ModelSource(CardPart):
    """Reports that the model learned from."""

    name: str
    """The map's name for where they are from; `decisions`: what officials of this government decided here."""
    rows: int
    """How many."""
    licence: str | None = None
    """Under what they may be used; null if the map does not say."""


class ModelCard(CardPart):
    """The model in use."""

    id: Annotated[str, Field(examples=["462e2adca292"])]
    """Its name in each decision of the machine; `rules`: there is no model, the region's rules alone read."""
    bar: float
    """How sure the machine must be of the agency to open a report without an official."""
    rows: int = 0
    """The reports that it learned from."""
    rows_from: date | None = None
    """The day of the first of them; null if they have none."""
    rows_to: date | None = None
    """The day of the last of them."""
    sources: list[ModelSource] = []
    """Where they are from."""
    prior: str | None = None
    """The model that it started from; null: from none."""
    scores: dict[str, HeadScores] = {}
    """By question: `agency`, `category`, `kind` and more."""


def add_model(app: FastAPI, context: RouteContext, models: ModelInUse) -> None:
    @app.get("/v1/model", response_model=ModelCard, tags=["reading"])
    def get_model(request: Request, _: Annotated[Caller, Depends(context.caller)]) -> Response:
        """The model that reads reports: what it learned from, how often it was right, and how sure it must be to
        decide alone."""
        with snapshot(context.engine) as session:
            model = models.look(session)
        card = ModelCard.model_validate(
            {"id": RULES, **(model.card if model else {}), "bar": context.rules.region.bar}
            | ({"id": model.id} if model else {})
        )
        return show(request, card)
