"""Which records a list is about, as SQL that both databases read."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from kit.db import micros
from services.publish import search
from services.publish.faces.parameters import Box


@dataclass
class Selection:
    """Conditions on `record`, and the values bound to them. `nothing`: none can be true."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    nothing: bool = False

    def where(self) -> str:
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""

    def add(self, condition: str, **values: object) -> None:
        self.conditions.append(condition)
        self.values.update(values)

    def equal(self, column: str, value: str | None) -> None:
        if value is not None:
            self.add(f"{column} = :{column}", **{column: value})

    def one_of(self, column: str, values: Collection[str]) -> None:
        """Padded to a power of two, so that few different statements are ever prepared."""
        if not values:
            self.nothing = True
            return
        listed = list(values)
        listed += [listed[-1]] * ((1 << (len(listed) - 1).bit_length()) - len(listed))
        named = {f"{column}_{number}": value for number, value in enumerate(listed)}
        self.add(f"{column} IN ({', '.join(':' + name for name in named)})", **named)

    def since(self, column: str, at: datetime | None) -> None:
        if at is not None:
            self.add(f"{column} >= :{column}_from", **{f"{column}_from": micros(at)})

    def before(self, column: str, at: datetime | None) -> None:
        if at is not None:
            self.add(f"{column} < :{column}_to", **{f"{column}_to": micros(at)})

    def place(self, code: str, kecamatan_code: str) -> None:
        """A desa by its own code; a kecamatan with all that lies in it."""
        self.equal("kecamatan_code" if code == kecamatan_code else "place_code", code)

    def within(self, box: Box | None) -> None:
        if box is not None:
            self.add("lat BETWEEN :south AND :north AND long BETWEEN :west AND :east", **box._asdict())

    def words(self, dialect: str, asked: str | None) -> None:
        if asked is None:
            return
        query = search.query(dialect, asked)
        if query is None:
            self.nothing = True
        else:
            self.add(search.condition(dialect), q=query)

    def after(self, received_at: int, id: str) -> None:
        """Only what comes after this position, newest first."""
        self.add("(received_at, id) < (:after_at, :after_id)", after_at=received_at, after_id=id)
