// A program over the client that openapi-generator makes in TypeScript (fetch): it files, walks two pages, answers and
// reads events. Its arguments: the server's URL, the filing key, an agency's key, and the id of a report of that agency.
import { AgenciesApi, Configuration, ListReportsStatusEnum, ReportsApi } from "./client";

declare const process: { argv: string[] };
const [url, filingKey, agencyKey, report] = process.argv.slice(2) as [string, string, string, string];
const configured = (key: string): Configuration => new Configuration({ basePath: url, accessToken: key });
const reports = new ReportsApi(configured(filingKey));
const agency = new AgenciesApi(configured(agencyKey));

async function main(): Promise<void> {
  const contact = { phone: "+62811000000" };
  const filing = { text: "Jalan desa Tapelan kecamatan Kapas rusak, typescript", contact };
  const filed = await reports.fileReport({ filing });
  const listed = { limit: 2, status: [ListReportsStatusEnum.Disposed] };
  const first = await reports.listReports(listed);
  const cursor = new URL(first.next ?? "", url).searchParams.get("cursor") ?? "";
  const second = await reports.listReports({ ...listed, cursor });
  const pages: string[] = [...first.reports, ...second.reports].map((each) => each.id);
  const answered = await agency.respondToReport({ id: report, respond: { text: "Ditambal hari ini", acted: true } });
  const events = await agency.listEvents({ limit: 1 });
  const event: string | undefined = events.events[0]?.type;
  console.log(JSON.stringify({ filed: filed.id, pages, status: answered.status, event }));
}

void main();
