// A copy of the report whose names try to break out of their place: nothing in it may run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReport, showAll } from "./browser.mjs";
import { openEverything } from "./access.mjs";

const START = '<script type="application/json" id="data">';
const IMAGE = "<img src=x onerror=alert(1)>";
const SCRIPT = "</script><script>alert(1)</script>";
const COMMENT = "<!--<script>";
const FORMULA = '=HYPERLINK("http://example.org")';

function poison(data) {
  const names = [
    IMAGE,
    SCRIPT,
    COMMENT,
    '<a href="javascript:alert(1)">x</a>',
    "{{script}} ${alert(1)} %{x}",
    "<svg onload=alert(1)>",
    FORMULA,
  ];
  const name = (at) => names[at % names.length];
  data.run.area_name = SCRIPT + IMAGE;
  for (const kind of ["areas", "settings", "needs", "age_groups", "services", "lines", "payers"]) {
    (data[kind] || []).forEach((entry, at) => {
      entry.label = name(at) + " " + at;
    });
  }
  (data.scenarios || []).forEach((scenario, at) => {
    scenario.title = name(at) + " " + at;
  });
  (data.providers || []).forEach((provider, at) => {
    provider[1] = name(at);
    provider[4] = name(at + 1);
  });
  (data.assumptions || []).forEach((row, at) => {
    row[0] = name(at);
    row[7] = name(at + 1);
  });
  data.headlines = names;
  data.run.notes = names;
  data.run.inputs = names.map((each) => [each, each]);
  data.run.command = SCRIPT;
  return data;
}

function hostileCopy(report) {
  const page = readFileSync(report, "utf8");
  const from = page.indexOf(START) + START.length;
  const to = page.indexOf("</script>", from);
  if (from < START.length || to < 0) throw new Error("the report has no data element");
  const text = JSON.stringify(poison(JSON.parse(page.slice(from, to))))
    .replaceAll("</", "<\\/")
    .replaceAll("<!--", "<\\u0021--");
  return page.slice(0, from) + text + page.slice(to);
}

export async function checkHostile(browser, report) {
  const folder = mkdtempSync(join(tmpdir(), "report-"));
  try {
    const file = join(folder, "hostile.html");
    writeFileSync(file, hostileCopy(report));
    const { page, context, seen } = await openReport(browser, file);
    await showAll(page);
    await openEverything(page);
    const made = await page.evaluate(() => ({
      pictures: document.querySelectorAll("img").length,
      scripts: document.scripts.length,
      links: document.querySelectorAll("a[href^='javascript'], svg a").length,
      title: document.querySelector("h1").textContent,
    }));
    if (seen.dialogs.length) throw new Error("a dialog opened: a script in a name ran");
    if (seen.messages.length || seen.requests.length)
      throw new Error([...seen.messages, ...seen.requests].slice(0, 5).join(" | "));
    if (made.pictures || made.scripts !== 3 || made.links)
      throw new Error("names became elements: " + JSON.stringify(made));
    if (!made.title.includes("<img")) throw new Error("the name is not shown as text: " + made.title);
    await context.close();
    return "names with scripts, pictures, links and formulas";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
