// What the page does when it is used: choices, figures, downloads, speed.
import { readFileSync } from "node:fs";
import { chartState, chooseByKeyboard, openTable, readTable } from "./browser.mjs";
import { parseCsv, shownNumber } from "./csv.mjs";

const FAN = "plans-fan";

const optionsOf = (page, id) =>
  page.evaluate((name) => {
    const select = document.getElementById(name);
    return select
      ? [...select.options]
          .filter((option) => !option.disabled)
          .map((option) => ({ value: option.value, label: option.label }))
      : [];
  }, id);

async function changes(page, id, value) {
  const before = await chartState(page, FAN);
  await chooseByKeyboard(page, id, value);
  await page.waitForFunction(
    ([name, drawn]) => Number(document.getElementById(name + "-chart").dataset.drawn) > drawn,
    [FAN, before.drawn],
    { timeout: 10000 },
  );
  const after = await chartState(page, FAN);
  if (after.label === before.label)
    throw new Error("choosing " + value + " in " + id + " leaves the finding as it was: " + after.label);
  if (after.marks === before.marks) throw new Error("choosing " + value + " in " + id + " leaves the chart as it was");
}

async function reset(page) {
  for (const [id, value] of [
    ["choose-plans-need", "-1"],
    ["choose-plans-setting", "-1"],
    ["choose-plans-part", "all"],
  ])
    await chooseByKeyboard(page, id, value);
}

const scrollToFan = (page) =>
  page.evaluate((name) => document.getElementById(name).scrollIntoView({ behavior: "instant", block: "center" }), FAN);

// The scenario that moves all plans most: one that leaves them alone, as a new school may, rightly changes nothing.
const strongestScenario = (page) =>
  page.evaluate(() => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const plans = data.measures.findIndex((measure) => measure.code === "plans");
    const whole = [plans, -1, -1, -1, -1].join();
    const series = data.forecast.filter((row) => row.slice(1, 6).join() === whole);
    const numbers = (row) => row[7].filter((number) => number !== null);
    const sum = (row) => numbers(row).reduce((total, number) => total + number, 0);
    const baseline = series.find((row) => row[0] === 0);
    const moved = series.map((row) => [row[0], Math.abs(sum(row) - sum(baseline))]);
    const [strongest, most] = moved.reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0]);
    return most > 0 ? String(strongest) : null;
  });

export async function checkKeyboard(page) {
  await scrollToFan(page);
  const used = [];
  const scenario = await strongestScenario(page);
  const tries = [
    ["scenario", (option) => option.value === scenario],
    ["choose-plans-setting", 2],
    ["choose-plans-need", 3],
    ["choose-plans-part", (option) => option.value.startsWith("age_group")],
    ["choose-plans-part", (option) => option.value.startsWith("area")],
    ["choose-plans-measure", 1],
  ];
  for (const [id, wish] of tries) {
    const options = await optionsOf(page, id);
    const wanted = typeof wish === "number" ? options[wish] : options.find(wish);
    if (!wanted) continue;
    if (id !== "scenario" && id !== "choose-plans-measure") await reset(page);
    await changes(page, id, wanted.value);
    used.push(wanted.label);
  }
  const said = await page.textContent("#status");
  if (!said) throw new Error("nothing is announced to screen readers");
  await chooseByKeyboard(page, "choose-plans-measure", (await optionsOf(page, "choose-plans-measure"))[0].value);
  await reset(page);
  return used.join(", ");
}

const dataOf = (page) =>
  page.evaluate(() => {
    const data = JSON.parse(document.getElementById("data").textContent);
    const codes = (kind) => data[kind].map((entry) => entry.code);
    return {
      area: data.run.area,
      scenarios: data.scenarios.map((scenario) => scenario.name),
      needs: codes("needs"),
      settings: codes("settings"),
      age_group: codes("age_groups"),
      areas: codes("areas"),
      threshold: data.run.threshold,
    };
  });

function keyOf(data, scenario, choice, year) {
  const pick = (list, index, all) => (Number(index) < 0 ? all : list[Number(index)]);
  const [kind, part] = (choice.part || "all").split(":");
  return [
    data.scenarios[scenario],
    kind === "area" ? data.areas[part] : data.area,
    year,
    "plans",
    pick(data.needs, choice.need ?? -1, "all"),
    pick(data.settings, choice.setting ?? -1, "all"),
    kind === "age_group" ? data.age_group[part] : "all",
  ].join("|");
}

// The cell carries the figure, its text the rounded figure: both have to agree with the file.
function compareCell(cell, written, where) {
  const figure = Number(written);
  if (cell.value === undefined) throw new Error(where + " shows " + cell.text + " but the file has " + written);
  if (Math.abs(Number(cell.value) - figure) > 0.0501)
    throw new Error(where + " holds " + cell.value + " but the file has " + written);
  if (Math.abs(shownNumber(cell.text) - figure) > 0.5501)
    throw new Error(where + " shows " + cell.text + " but the file has " + written);
}

async function compareTable(page, forecast, data, scenario, choice) {
  const [head, ...rows] = await readTable(page, FAN);
  let compared = 0;
  for (const row of rows) {
    const key = keyOf(data, scenario, choice, row[0].text);
    const figures = forecast.get(key);
    if (!figures) continue;
    for (const [name, label] of [
      ["p10", "P10"],
      ["p50", "Middle (P50)"],
      ["p90", "P90"],
    ]) {
      const cell = row[head.findIndex((column) => column.text === label)];
      if (data.threshold !== null && cell.value === undefined) continue;
      compareCell(cell, figures[name], key + " " + name);
      compared += 1;
    }
  }
  if (!compared && data.threshold === null)
    throw new Error("no row of " + JSON.stringify(choice) + " stands in the file");
  return compared;
}

async function someChoices(page) {
  const settings = (await optionsOf(page, "choose-plans-setting")).slice(1);
  const needs = (await optionsOf(page, "choose-plans-need")).slice(1);
  const parts = (await optionsOf(page, "choose-plans-part")).slice(1);
  const spread = (list) =>
    [list[0], list[Math.floor(list.length / 2)], list[list.length - 1]].filter(
      (option, at, all) => option && all.indexOf(option) === at,
    );
  return [
    {},
    ...spread(settings).map((option) => ({ setting: option.value })),
    ...spread(needs).map((option) => ({ need: option.value })),
    ...spread(parts).map((option) => ({ part: option.value })),
  ];
}

export async function checkFigures(page, forecast) {
  await openTable(page, FAN);
  const data = await dataOf(page);
  const chosen = [...new Set([0, 1, Math.floor(data.scenarios.length / 2), data.scenarios.length - 1])].filter(
    (index) => index < data.scenarios.length,
  );
  let compared = 0;
  let series = 0;
  for (const choice of await someChoices(page)) {
    await reset(page);
    for (const [key, value] of Object.entries(choice)) await chooseByKeyboard(page, "choose-plans-" + key, value);
    for (const scenario of chosen) {
      if (data.scenarios.length > 1) await chooseByKeyboard(page, "scenario", scenario);
      compared += await compareTable(page, forecast, data, scenario, choice);
      series += 1;
    }
  }
  await reset(page);
  if (compared < 100 && data.scenarios.length > 1) throw new Error("only " + compared + " figures compared");
  return compared + " figures of " + series + " series in " + chosen.length + " scenarios";
}

async function downloadOf(page, id) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#" + id + " .download").press("Enter"),
  ]);
  return readFileSync(await download.path(), "utf8");
}

// The browser lets a page save ten files a second and drops the others without a word.
const DOWNLOAD_PAUSE = 150;

async function compareDownload(page, id) {
  await openTable(page, id);
  await page.waitForFunction((name) => document.querySelector("#" + name + " table"), id);
  const text = await downloadOf(page, id);
  if (!text.startsWith("\uFEFF")) throw new Error(id + ": no byte order mark");
  if (/[^\r]\n/.test(text)) throw new Error(id + ": a line ends without a carriage return");
  const saved = parseCsv(text.slice(1));
  const table = await readTable(page, id);
  if (saved.length !== table.length)
    throw new Error(id + ": " + saved.length + " lines saved, " + table.length + " rows shown");
  let numbers = 0;
  table.forEach((row, at) =>
    row.forEach((cell, column) => {
      const written = saved[at][column];
      if (cell.value !== undefined) numbers += 1;
      const same =
        cell.value !== undefined
          ? Number(written) === Number(cell.value)
          : at === 0 || written === "" || written.replace(/^'/, "") === cell.text;
      if (!same)
        throw new Error(
          id + ": row " + at + " column " + column + " saved as " + written + " but shown as " + cell.text,
        );
    }),
  );
  return numbers;
}

export async function checkDownloads(page) {
  const ids = await page.$$eval(".figure:not([hidden])", (figures) => figures.map((figure) => figure.id));
  let numbers = 0;
  for (const id of ids) {
    numbers += await compareDownload(page, id);
    await page.waitForTimeout(DOWNLOAD_PAUSE);
  }
  return numbers + " numbers of " + ids.length + " figures";
}

// From the event to the end of the frame in which both table and chart have changed.
function timeChange(page, value) {
  return page.evaluate(
    ([name, wanted]) =>
      new Promise((done) => {
        const select = document.getElementById("scenario");
        const chart = document.getElementById(name + "-chart");
        const table = document.querySelector("#" + name + " .table");
        const before = { drawn: chart.dataset.drawn, body: table.firstChild };
        const visible = [...document.querySelectorAll(".chart[data-drawn]")].filter((node) => {
          const box = node.getBoundingClientRect();
          return box.bottom > 0 && box.top < innerHeight;
        });
        const counts = visible.map((node) => node.dataset.drawn);
        select.value = String(wanted);
        const started = performance.now();
        select.dispatchEvent(new Event("change", { bubbles: true }));
        const look = () => {
          const drawn = visible.every((node, at) => node.dataset.drawn !== counts[at]);
          if (drawn && table.firstChild !== before.body) done(performance.now() - started);
          else if (performance.now() - started > 10000) done(Infinity);
          else setTimeout(look, 0);
        };
        look();
      }),
    [FAN, value],
  );
}

export async function checkSpeed(page) {
  const count = (await optionsOf(page, "scenario")).length;
  if (count < 2) return "one scenario only";
  await openTable(page, FAN);
  await scrollToFan(page);
  await page.waitForTimeout(500);
  const times = [];
  for (let turn = 0; turn < 15; turn += 1) {
    times.push(await timeChange(page, (turn + 1) % count));
    await page.waitForTimeout(150);
  }
  times.sort((one, other) => one - other);
  const median = times[Math.floor(times.length / 2)];
  const text =
    "median " + median.toFixed(0) + " ms, slowest " + times[times.length - 1].toFixed(0) + " ms of " + times.length;
  if (!(median <= 500)) throw new Error(text + " (at most 500 ms)");
  return text;
}
