// A program in TypeScript over the types that openapi-typescript made of our document: it compiles, files, reads, answers.
import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

declare const process: { argv: string[] };
const [url, filingKey, agencyKey, report] = process.argv.slice(2) as [string, string, string, string];
const keyed = (key: string) => createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });
const client = keyed(filingKey);
const agency = keyed(agencyKey);

const filed = await client.POST("/v1/reports", {
  body: { text: "Jalan desa Tapelan kecamatan Kapas rusak", contact: { phone: "+62811000000" } },
});
if (!filed.data) throw new Error(JSON.stringify(filed.error));

const query: { limit: number; status: "disposed"[] } = { limit: 2, status: ["disposed"] };
const first = await client.GET("/v1/reports", { params: { query } });
if (!first.data) throw new Error(JSON.stringify(first.error));
const cursor = new URL(first.data.next ?? "", url).searchParams.get("cursor") ?? undefined;
const second = await client.GET("/v1/reports", { params: { query: { ...query, cursor } } });
if (!second.data) throw new Error(JSON.stringify(second.error));
const pages: string[] = [...first.data.reports, ...second.data.reports].map((each) => each.id);

const answered = await agency.POST("/agency/v1/reports/{id}/respond", {
  params: { path: { id: report } },
  body: { text: "Ditambal hari ini", acted: true },
});
if (!answered.data) throw new Error(JSON.stringify(answered.error));
const events = await agency.GET("/agency/v1/events", { params: { query: { limit: 1 } } });
if (!events.data) throw new Error(JSON.stringify(events.error));

const releases = await client.GET("/v1/datasets/{id}/releases", { params: { path: { id: "reports" } } });
if (!releases.data) throw new Error(JSON.stringify(releases.error));
console.log(
  JSON.stringify({
    filed: filed.data.id,
    pages,
    status: answered.data.status,
    event: events.data.events[0]?.type,
    releases: releases.data.releases.length,
  }),
);
