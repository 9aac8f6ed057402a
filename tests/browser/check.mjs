// Checks a report page in a real browser: node check.mjs REPORT.html FORECAST.csv [SCREENSHOT_FOLDER]
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { openReport, showAll, startBrowser } from "./browser.mjs";
import { readForecast } from "./csv.mjs";
import { checkKeyboard, checkFigures, checkDownloads, checkSpeed } from "./behaviour.mjs";
import { checkAccess, checkWidth, openEverything } from "./access.mjs";
import { checkFindings } from "./findings.mjs";
import { checkHostile, checkLongNames } from "./hostile.mjs";

const [report, forecast, screenshots] = process.argv.slice(2).map((path) => resolve(path));
if (!report || !forecast) {
  console.error("usage: node check.mjs REPORT.html FORECAST.csv [SCREENSHOT_FOLDER]");
  process.exit(2);
}

let failures = 0;

// Later checks still run, so that one start shows all that is wrong.
async function check(name, work) {
  try {
    const detail = await work();
    console.log("ok    " + name + (detail ? ": " + detail : ""));
  } catch (error) {
    failures += 1;
    console.log("FAIL  " + name + ": " + error.message);
  }
}

function quiet({ messages, requests, dialogs }) {
  if (messages.length) throw new Error("the console says: " + messages.slice(0, 5).join(" | "));
  if (requests.length) throw new Error("the page asks for " + requests.slice(0, 5).join(", "));
  if (dialogs.length) throw new Error("a dialog opened: " + dialogs.join(", "));
}

async function rendered(page) {
  const places = await showAll(page);
  const state = await page.evaluate(() => ({
    linked: [...document.querySelectorAll("#sections a")].map((link) => link.hash.slice(1)),
    sections: [...document.querySelectorAll("main > section")].map((section) => section.id),
    empty: [...document.querySelectorAll("main > section")]
      .filter((section) => section.textContent.length < 60)
      .map((section) => section.id),
    bare: [...document.querySelectorAll(".figure:not([hidden]) .chart")]
      .filter((chart) => !chart.querySelector(".main-svg path, .main-svg image, .main-svg text"))
      .map((chart) => chart.id),
    doubled: [...document.querySelectorAll("[id]")]
      .map((node) => node.id)
      .filter((id, at, all) => all.indexOf(id) !== at),
    untitled: [...document.querySelectorAll(".figure:not([hidden]) h3")]
      .filter((title) => !title.textContent || /undefined|NaN|null/.test(title.textContent))
      .map((title) => title.id),
  }));
  if (!state.sections.length || state.linked.join() !== state.sections.join())
    throw new Error("sections " + state.sections + " but links to " + state.linked);
  for (const kind of ["empty", "bare", "doubled", "untitled"])
    if (state[kind].length) throw new Error(kind + ": " + state[kind].join(", "));
  return state.sections.length + " sections, " + places.length + " figures";
}

async function checkOffline(browser) {
  const { page, context, seen } = await openReport(browser, report, { offline: true });
  await showAll(page);
  quiet(seen);
  await context.close();
}

async function checkReflow(browser) {
  const { page, context } = await openReport(browser, report, { width: 320, height: 640 });
  await showAll(page);
  const detail = await checkWidth(page);
  await context.close();
  return detail;
}

async function checkState(browser, width, name) {
  const height = width < 500 ? 844 : 900;
  const { page, context, seen } = await openReport(browser, report, { width, height });
  const screenshot = (part) =>
    screenshots && page.screenshot({ path: resolve(screenshots, name + "-" + part + ".png"), fullPage: true });
  await check("charts and sections, " + name, () => rendered(page));
  await check("accessibility at first, " + name, () => checkAccess(page));
  await check("no sideways scrolling at first, " + name, () => checkWidth(page));
  await screenshot("first");
  await openEverything(page);
  await check("accessibility after use, all tables open, " + name, () => checkAccess(page));
  await check("no sideways scrolling with all tables open, " + name, () => checkWidth(page));
  await screenshot("open");
  await check("silent console, no requests, " + name, () => quiet(seen));
  await context.close();
}

const browser = await startBrowser();
try {
  if (screenshots) mkdirSync(screenshots, { recursive: true });
  const first = await openReport(browser, report);
  await check("opens", () => first.seen.ready + " ms to the first chart");
  await check("keyboard changes charts", () => checkKeyboard(first.page));
  await check("tables equal forecast.csv", () => checkFigures(first.page, readForecast(forecast, ["plans"])));
  await check("downloads equal tables", () => checkDownloads(first.page));
  await check("speed of scenario changes", () => checkSpeed(first.page));
  await check("silent console, no requests, in use", () => quiet(first.seen));
  await first.context.close();
  await check("works offline", () => checkOffline(browser));
  await check("reflows at 320 px", () => checkReflow(browser));
  await checkState(browser, 1280, "desktop");
  await checkState(browser, 390, "phone");
  await check("hostile names stay text", () => checkHostile(browser, report));
  // Copies with made-up figures and names are drawn one after the other: a minute that may be spared.
  if (!process.env.QUICK) {
    await check("titles say what figures hold", () => checkFindings(browser, report));
    await check("long names fit", () => checkLongNames(browser, report));
  }
} finally {
  await browser.close();
}
console.log(failures ? failures + " checks failed" : "all checks passed");
process.exit(failures ? 1 : 0);
