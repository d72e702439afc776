"""The same program over the client that openapi-python-client makes, and an Open311 list, which is an array."""

import json
import sys
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from plain_client import AuthenticatedClient
from plain_client.api.agencies import list_events, respond_to_report
from plain_client.api.open311 import list_service_requests
from plain_client.api.reports import file_report, list_reports
from plain_client.models import (
    Contact,
    Events,
    Filing,
    FilingReceipt,
    ListReportsStatusItem,
    ListServiceRequestsFormat,
    Reports,
    ReportWithHistory,
    Respond,
)

url, filing_key, agency_key, report = sys.argv[1:]
client, agency = (AuthenticatedClient(base_url=url, token=key) for key in (filing_key, agency_key))
filing = Filing(text="Jalan desa Tapelan kecamatan Kapas rusak, plain", contact=Contact(phone="+62811000000"))
filed = file_report.sync(client=client, body=filing)
assert isinstance(filed, FilingReceipt), filed
page = list_reports.sync(client=client, limit=2, status=[ListReportsStatusItem.DISPOSED])
assert isinstance(page, Reports)
assert isinstance(page.next_, str)
query = parse_qs(urlsplit(page.next_).query)
second = list_reports.sync(client=client, limit=2, status=[ListReportsStatusItem.DISPOSED], cursor=query["cursor"][0])
assert isinstance(second, Reports)
answered = respond_to_report.sync(UUID(report), client=agency, body=Respond(text="Ditambal hari ini", acted=True))
assert isinstance(answered, ReportWithHistory), answered
events = list_events.sync(client=agency, limit=1)
assert isinstance(events, Events)
requests = list_service_requests.sync(ListServiceRequestsFormat.JSON, client=client)
assert isinstance(requests, list)
said = {
    "filed": filed.id,
    "pages": [each.id for each in page.reports + second.reports],
    "status": answered.status,
    "event": events.events[0].type_,
    "requests": len(requests),
}
print(json.dumps(said))
