"""A program over the client that openapi-generator makes in Python: it files, reads, answers and reads events.

Its arguments: the server's URL, the filing key, an agency's key, and the id of a report of that agency.
"""

import json
import sys
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from pendapa_client import AgenciesApi, ApiClient, Configuration, Contact, Filing, ReportsApi, Respond

url, filing_key, agency_key, report = sys.argv[1:]


def client(key: str) -> ApiClient:
    return ApiClient(Configuration(host=url, access_token=key))


reports, agency = ReportsApi(client(filing_key)), AgenciesApi(client(agency_key))
filing = Filing(text="Jalan desa Tapelan kecamatan Kapas rusak, python", contact=Contact(phone="+62811000000"))
filed = reports.file_report(filing)
page = reports.list_reports(limit=2, status=["disposed"])
assert page.next is not None
query = parse_qs(urlsplit(page.next).query)
second = reports.list_reports(limit=2, status=["disposed"], cursor=query["cursor"][0])
answered = agency.respond_to_report(UUID(report), Respond(text="Ditambal hari ini", acted=True))
events = agency.list_events(limit=1)
said = {
    "filed": filed.id,
    "pages": [each.id for each in page.reports + second.reports],
    "status": answered.status,
    "event": events.events[0].type,
}
print(json.dumps(said))
