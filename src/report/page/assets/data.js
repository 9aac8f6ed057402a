// The data of the run: read once, indexed once, and looked up by the codes of the contract.

const report = JSON.parse(document.getElementById("data").textContent);
const ALL = -1;

const rowsOf = (name) => (Array.isArray(report[name]) ? report[name] : []);
const run = report.run || {};
const baseYear = run.base_year;
const lastYear = baseYear + (run.years || 0);
const headlineYear = Math.min(baseYear + 5, lastYear);

const scenarios = rowsOf("scenarios");
const scenarioTitle = (index) => (index < 0 ? "All options" : scenarios[index].title || scenarios[index].name);

// Within a sentence a name of several words ends where its quotation marks do.
const scenarioName = (index) => (index === 0 ? "the baseline" : "‘" + scenarioTitle(index) + "’");

// Published copies leave small counts out; elsewhere a gap only means that there is no such figure.
const missingText = () => (isNumber(run.threshold) ? "not shown" : "no figure");

const KEYS = { forecast: 6, differences: 6, service: 3, service_differences: 3, money: 4, money_differences: 4 };

function indexRows(name) {
  const index = new Map();
  for (const row of rowsOf(name)) index.set(row.slice(0, KEYS[name]).join(), row);
  return index;
}

const indexes = Object.fromEntries(Object.keys(KEYS).map((name) => [name, indexRows(name)]));

const codeIndexes = new Map();

// Undefined for a code this run does not have: -1 would mean "all".
function indexOfCode(kind, code) {
  if (!codeIndexes.has(kind)) {
    codeIndexes.set(kind, new Map(rowsOf(kind).map((entry, position) => [entry.code, position])));
  }
  return codeIndexes.get(kind).get(code);
}

const labelOf = (kind, index) => (rowsOf(kind)[index] ? rowsOf(kind)[index].label : "all");
const codeOf = (kind, index) => (rowsOf(kind)[index] ? rowsOf(kind)[index].code : "all");
const unitOf = (kind, index) => (rowsOf(kind)[index] ? rowsOf(kind)[index].unit : "");

function unpack(row, keyLength) {
  if (!row) return null;
  const first = row[keyLength];
  const numbers = row[keyLength + 1];
  const width = report.quantiles.length;
  const series = { years: [] };
  report.quantiles.forEach((name) => {
    series[name] = [];
  });
  for (let year = 0; year * width < numbers.length; year += 1) {
    series.years.push(first + year);
    report.quantiles.forEach((name, position) => series[name].push(numbers[year * width + position] ?? null));
  }
  return series;
}

const find = (name, keys) => unpack(indexes[name].get(keys.join()), KEYS[name]);
const has = (name, keys) => indexes[name].has(keys.join());

const forecastKeys = (scenario, measure, cut = {}) => [
  scenario,
  measure,
  cut.need ?? ALL,
  cut.setting ?? ALL,
  cut.age_group ?? ALL,
  cut.area ?? ALL,
];

function forecastOf(scenario, code, cut) {
  const measure = indexOfCode("measures", code);
  return measure === undefined ? null : find("forecast", forecastKeys(scenario, measure, cut));
}

function serviceOf(scenario, service, code) {
  const figure = indexOfCode("service_figures", code);
  return figure === undefined ? null : find("service", [scenario, service, figure]);
}

function moneyOf(scenario, code, payerCode, prices) {
  const line = code === "all" ? ALL : indexOfCode("lines", code);
  const payer = payerCode === "all" ? ALL : indexOfCode("payers", payerCode);
  return line === undefined || payer === undefined ? null : find("money", [scenario, line, payer, prices]);
}

function valueAt(series, year, quantile) {
  const position = series ? series.years.indexOf(year) : -1;
  return position < 0 ? null : series[quantile][position];
}

const hasInterval = (series) => Boolean(series) && series.p50.some(isNumber);

// Rows of one kind by their first key, so that a change of scenario does not read the whole list again.
function groupRows(name, keyOf) {
  const groups = new Map();
  for (const row of rowsOf(name)) {
    const key = keyOf(row);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  return groups;
}

const PLACE_MEASURES = [
  "places_needed",
  "shortfall",
  "placed",
  "overflow",
  "waiting",
  "places",
  "occupancy",
  "probability_short",
  "probability_without_place",
  "places_for_90_percent",
];
const STOCKS = ["plans", "sen_support"];
const isStock = (code) => STOCKS.includes(code) || code.startsWith("sen_support_tier");

// The same year means a day in January, a calendar year or a September, by what is counted.
function moment(code, year) {
  if (PLACE_MEASURES.includes(code)) return "September " + year;
  return isStock(code) ? "January " + year : String(year);
}

const inMoment = (code, year) => "in " + moment(code, year);
