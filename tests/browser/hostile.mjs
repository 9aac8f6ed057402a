// Copies of the report whose names try to break out of their place, or are far too long for it.
import { showAll } from "./browser.mjs";
import { checkWidth, openEverything } from "./access.mjs";
import { withCopy } from "./copies.mjs";

const IMAGE = "<img src=x onerror=alert(1)>";
const SCRIPT = "</script><script>alert(1)</script>";
const COMMENT = "<!--<script>";
const FORMULA = '=HYPERLINK("http://example.org")';
const HOSTILE = [
  IMAGE,
  SCRIPT,
  COMMENT,
  '<a href="javascript:alert(1)">x</a>',
  "{{script}} ${alert(1)} %{x}",
  "<svg onload=alert(1)>",
  FORMULA,
];

function rename(data, names, areaName) {
  const name = (at) => names[at % names.length];
  data.run.area_name = areaName;
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
  data.run.command = name(1);
  return data;
}

async function nothingRuns(page, seen) {
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
}

export async function checkHostile(browser, report) {
  await withCopy(browser, report, (data) => rename(data, HOSTILE, SCRIPT + IMAGE), nothingRuns);
  return "names with scripts, pictures, links and formulas";
}

const LONG = ["x".repeat(500), "word ".repeat(100)];

export async function checkLongNames(browser, report) {
  const fits = async (page) => {
    await showAll(page);
    await openEverything(page);
    await checkWidth(page);
  };
  for (const width of [390, 1280])
    await withCopy(browser, report, (data) => rename(data, LONG, LONG[0]), fits, { width, height: 844 });
  return "names of " + LONG[0].length + " letters";
}
