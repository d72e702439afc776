"""An agency's own number for a report, such as its ticket's: for the agency and officials, never public.

Each agency keeps its own: when another agency gets the report, the number of the first stays with the first.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select
from sqlmodel import Session

from kit.rows import among, insert_or_set
from services.routing.tables import REFERENCE


def write(session: Session, report: str, agency: str, reference: str | None) -> None:
    """Set the agency's reference of the report, or with null clear it."""
    row = {"report": report, "agency": agency, "reference": reference}
    if reference is not None:
        insert_or_set(session, REFERENCE, [row], keys=("report", "agency"), value="reference")
        return
    session.execute(delete(REFERENCE).where(REFERENCE.c.report == report, REFERENCE.c.agency == agency))


def of_reports(session: Session, reports: Collection[str]) -> Mapping[tuple[str, str], str]:
    """Every reference of these reports, by the report and the agency."""
    if not reports:
        return {}
    columns = (REFERENCE.c.report, REFERENCE.c.agency, REFERENCE.c.reference)
    found = session.execute(select(*columns).where(among(session, REFERENCE.c.report, list(reports)))).all()
    return {(report, agency): reference for report, agency, reference in found}
