// What scripts/look-at-report does in the browser.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const puppeteer = require("puppeteer-core");

const [chromium, report, out] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const widths = { desktop: 1280, phone: 390, narrow: 320 };

async function main() {
  const browser = await puppeteer.launch({
    executablePath: chromium,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  let problems = 0;
  const complain = (where, text) => {
    problems += 1;
    console.log(`${where}: ${text}`);
  };
  for (const scheme of ["light", "dark"]) {
    for (const [name, width] of Object.entries(widths)) {
      const where = `${name}-${scheme}`;
      const page = await open(browser, scheme, width, (text) => complain(where, text));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) {
        complain(where, `the page is ${wide} px wide, the screen ${width} px`);
      }
      await page.screenshot({ path: path.join(out, `${where}.png`), fullPage: true });
      const found = await violations(page);
      for (const violation of found) {
        const nodes = violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
        complain(where, `${violation.id} (${violation.impact}): ${violation.help}, ${violation.nodes.length} times\n  ${nodes.join("\n  ")}`);
      }
      console.log(`${where}: ${found.length} violations`);
      await page.close();
    }
  }
  const page = await open(browser, "dark", widths.desktop, (text) => complain("print", text));
  await page.pdf({ path: path.join(out, "print.pdf"), format: "A4", printBackground: true });
  await browser.close();
  console.log(`screenshots and print.pdf are in ${out}`);
  process.exitCode = problems > 0 ? 1 : 0;
}

async function open(browser, scheme, width, complain) {
  const page = await browser.newPage();
  // The report runs nothing and asks for nothing; whoever does so is reported.
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) complain(`asks for ${request.url()}`);
  });
  page.on("dialog", async (dialog) => {
    complain(`shows a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("pageerror", (error) => complain(`fails: ${error.message}`));
  page.on("console", (message) => complain(`says: ${message.text()}`));
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setViewport({ width, height: 900, deviceScaleFactor: 1 });
  await page.goto(pathToFileURL(report).href, { waitUntil: "load" });
  return page;
}

async function violations(page) {
  // Folded parts are read, too.
  await page.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
  // Evaluated from outside, which the page's policy does not forbid.
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, {
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return result.violations;
}

main().catch((error) => {
  console.error(error);
  process.exit(2);
});
