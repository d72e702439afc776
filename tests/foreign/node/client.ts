// A program in TypeScript over the types that openapi-typescript made of our document: it compiles, and reads and files.
import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

declare const process: { argv: string[] };
const [url, key] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });

const filed = await client.POST("/v1/reports", {
  body: { text: "Jalan desa Tapelan kecamatan Kapas rusak", contact: { phone: "+62811000000" } },
});
if (!filed.data || typeof filed.data === "string") throw new Error(JSON.stringify(filed.error));

const page = await client.GET("/v1/reports", { params: { query: { limit: 2, status: ["disposed"] } } });
if (!page.data) throw new Error(JSON.stringify(page.error));
const texts: (string | null)[] = page.data.reports.map((report) => report.text);

const releases = await client.GET("/v1/datasets/{id}/releases", { params: { path: { id: "reports" } } });
if (!releases.data) throw new Error(JSON.stringify(releases.error));
console.log(JSON.stringify({ filed: filed.data.id, texts, releases: releases.data.releases.length }));
