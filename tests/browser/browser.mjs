// Starts the browser as checks need it: nothing of an earlier start, no network of its own, all messages kept.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const startBrowser = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: FLAGS });

// What the page asks for and says is kept for the whole life of the page, not only while it loads.
export async function openReport(browser, file, { width = 1280, height = 900, offline = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, offline, acceptDownloads: true });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const seen = { messages: [], requests: [], dialogs: [] };
  page.on("console", (message) => seen.messages.push(message.type() + ": " + message.text()));
  page.on("pageerror", (error) => seen.messages.push("page error: " + error.message));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address && !/^(data|blob):/.test(request.url()))
      seen.requests.push(request.url());
  });
  const started = Date.now();
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector("main .figure h3")?.textContent, null, { timeout: 60000 });
  await page.evaluate(() =>
    document.querySelector(".figure:not([hidden]) .chart").scrollIntoView({ behavior: "instant", block: "nearest" }),
  );
  await page.waitForSelector(".chart[data-drawn]", { timeout: 60000 });
  seen.ready = Date.now() - started;
  return { page, context, seen };
}

// Charts are drawn when they come near the screen.
export async function showAll(page) {
  const places = await page.$$eval(".figure:not([hidden])", (figures) => figures.map((figure) => figure.id));
  for (const id of places) {
    await page.evaluate((name) => document.getElementById(name).scrollIntoView({ behavior: "instant" }), id);
    await page.waitForFunction(
      (name) => {
        const chart = document.querySelector("#" + name + " .chart");
        return !chart || chart.dataset.drawn;
      },
      id,
      { timeout: 60000 },
    );
  }
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  return places;
}

// As a keyboard user does it: focus, then arrow keys until the wanted option is chosen.
export async function chooseByKeyboard(page, id, value) {
  const select = page.locator("#" + id);
  await select.focus();
  const moves = await select.evaluate((node, wanted) => {
    const open = [...node.options].filter((option) => !option.disabled);
    return open.findIndex((option) => option.value === wanted) - open.indexOf(node.selectedOptions[0]);
  }, String(value));
  for (let step = 0; step < Math.abs(moves); step += 1) await page.keyboard.press(moves > 0 ? "ArrowDown" : "ArrowUp");
  const now = await select.inputValue();
  if (now !== String(value)) throw new Error("the keyboard did not reach " + value + " in " + id + " but " + now);
}

export const openTable = (page, id) =>
  page.evaluate((name) => {
    document.querySelector("#" + name + " details").open = true;
  }, id);

export const readTable = (page, id) =>
  page.$$eval("#" + id + " table tr", (rows) =>
    rows.map((row) => [...row.cells].map((cell) => ({ text: cell.textContent, value: cell.dataset.value }))),
  );

export const chartState = (page, id) =>
  page.evaluate((name) => {
    const chart = document.getElementById(name + "-chart");
    const marks = [...chart.querySelectorAll("path")].map((path) => path.getAttribute("d")).join("");
    return { label: chart.getAttribute("aria-label"), marks, drawn: Number(chart.dataset.drawn) };
  }, id);
