// Prints what axe finds on each page at 360 pixels of width, and whether the page is wider than that.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({
  executablePath: process.env.CHROME_PATH,
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run"],
});
const found = [];
for (const url of process.argv.slice(2)) {
  const page = await browser.newPage();
  await page.setBypassCSP(true); // axe is a script, and our pages allow none
  await page.setViewport({ width: 360, height: 740 });
  await page.goto(url);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > 360);
  found.push({ url, wide, violations: violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((each) => each.html)]) });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
