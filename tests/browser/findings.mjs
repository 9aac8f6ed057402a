// What titles say of made-up figures: a title that says more than its figures do misleads whoever reads no further.
import { withCopy } from "./copies.mjs";

const NET = "net_present_value";
const PLACES = 195;

const titleOf = (page, id) => page.textContent("#" + id + "-title");

const valuesOf = (page, id) => page.$$eval("#" + id + " option", (options) => options.map((option) => option.value));

const choose = (page, id, value) => page.selectOption("#" + id, String(value));

function demand(title, fits, wanted) {
  if (!fits) throw new Error("“" + title + "” should " + wanted);
}

const amountRow = ([scenario, measure, setting, year], values) => [scenario, measure, setting, year, values];

// Amounts of one setting tie in all futures, as they do where places are limited; those of all settings do not.
function limitPlaces(data) {
  const { base_year: base, years } = data.run;
  const rising = Array.from({ length: 99 }, (none, at) => 1000 + at);
  const tied = rising.map(() => PLACES);
  const keys = [-1, 0].flatMap((setting) => [base, base + years].map((year) => [0, "plans", setting, year]));
  data.exceedance = keys.map((key) => amountRow(key, key[2] < 0 ? rising : tied));
  return data;
}

async function amountsSayNoMoreThanTheyHold(page) {
  const years = await valuesOf(page, "choose-compare-amountWhen");
  const base = await page.evaluate(() => String(JSON.parse(document.getElementById("data").textContent).run.base_year));
  demand("years: " + years.join(), years.length === 1 && years[0] !== base, "leave out the published January");
  const all = await titleOf(page, "compare-exceedance");
  demand(all, all.includes("at least 1,049 in 5 of 10 futures and at least 1,089 in 1 of 10"), "say “at least”");
  await choose(page, "choose-compare-amountWhere", 0);
  const limited = await titleOf(page, "compare-exceedance");
  demand(limited, limited.includes(PLACES + " in nearly every future"), "tell that futures tie");
}

const appraised = (scenario, measure, payer, unit, value) => [
  scenario,
  "option",
  measure,
  payer,
  "all",
  unit,
  ...[value, value, value, value],
];

// Scenario 1 saves most but has no price; scenario 2 has one. A payer is only named where it pays more.
function appraise(data, [free, priced]) {
  data.scenarios = ["baseline", "free", "priced"].map((name) => ({ name, title: name, kind: "option" }));
  data.appraisal = [
    appraised(1, NET, "all", "pounds", free),
    appraised(2, NET, "all", "pounds", priced),
    appraised(2, NET, "made_up_payer", "pounds", -4e6),
    appraised(2, "own_cost", "all", "pounds", 3e6),
    appraised(0, "value_of_knowing_the_future", "all", "pounds", 2e6),
  ];
  return data;
}

async function theBestHasACost(page) {
  const title = await titleOf(page, "compare-appraisal");
  demand(title, title.includes("‘priced’ saves most on average") && !title.includes("‘free’"), "name what has a price");
  const note = () => page.textContent("#compare-appraisal .note");
  demand(await note(), (await note()).includes("No cost of its own is given for ‘free’"), "warn of what has none");
  demand(await note(), (await note()).includes("To know the future"), "tell what knowing is worth");
  await choose(page, "choose-compare-saver", "made_up_payer");
  const ofOne = await titleOf(page, "compare-appraisal");
  demand(ofOne, ofOne.startsWith("No option saves on average for"), "name no option that costs the payer money");
  demand(await note(), !(await note()).includes("To know the future"), "not tell a payer what is worth so much to all");
}

async function nothingSaves(page) {
  const title = await titleOf(page, "compare-appraisal");
  demand(title, title === "No option saves on average.", "say that nothing saves");
}

const pooled = (year, rule, contribution, paid) => [0, year, rule, "icb", contribution, paid, paid, paid, paid, paid];

function pool(data, contribution) {
  const rules = ["separate", "equal"];
  data.pool = rules.flatMap((rule) => [pooled("2025-26", rule, 0, 10), pooled("2026-27", rule, contribution, 10)]);
  return data;
}

async function thePoolHasBegun(page) {
  const years = await valuesOf(page, "choose-money-poolYear");
  demand("years: " + years.join(), years.join() === "2026-27", "be those with contributions");
  const title = await titleOf(page, "money-pool");
  demand(title, title.includes("in 1 of 1 cases"), "not count separate budgets");
}

async function noPool(page) {
  const count = await page.locator("#money-pool").count();
  demand("figures of a pool: " + count, count === 0, "be none where nobody contributes");
}

export async function checkFindings(browser, report) {
  const copies = [
    [limitPlaces, amountsSayNoMoreThanTheyHold],
    [(data) => appraise(data, [9e6, 5e6]), theBestHasACost],
    [(data) => appraise(data, [0, 49000]), nothingSaves],
    [(data) => pool(data, 5), thePoolHasBegun],
    [(data) => pool(data, 0), noPool],
  ];
  for (const [change, use] of copies) await withCopy(browser, report, change, use);
  return copies.length + " copies with made-up figures";
}
