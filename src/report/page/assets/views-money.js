// Section on money: who pays, each line, the high needs block, and the pooled fund.

const isBlockLine = (code) => code.startsWith("high_needs_");
const isPoolLine = (code) => code.startsWith("pool_");
const NOMINAL = 0;

const moneyYears = () =>
  rowsOf("money").reduce(
    (years, row) => {
      const count = row[5].length / report.quantiles.length;
      return { first: Math.min(years.first, row[4]), last: Math.max(years.last, row[4] + count - 1) };
    },
    { first: Infinity, last: -Infinity },
  );

const moneySpan = moneyYears();
const moneyYear = Math.min(Math.max(headlineYear - 1, moneySpan.first), moneySpan.last);

const pricesName = (prices) =>
  Number(prices) === NOMINAL ? "in cash of each year" : "in prices of " + financialYear(moneySpan.first);
const moneyNote = (choice, scenario) =>
  sentenceCase(pricesName(choice.prices)) + ". Scenario: " + scenarioTitle(scenario) + ".";

function buildPayers(choice, scenario) {
  const prices = Number(choice.prices);
  const total = find("money", [scenario, ALL, ALL, prices]);
  const parts = rowsOf("payers")
    .map((payer, index) => ({
      label: payer.label,
      series: find("money", [scenario, ALL, index, prices]),
      style: STYLES[index % STYLES.length],
    }))
    .filter((part) => part.series && largest(part.series.mean) > 0);
  if (!parts.length || !total) return null;
  const years = total.years;
  parts.forEach((part) => {
    part.values = years.map((year) => valueAt(part.series, year, "mean"));
  });
  const format = formatFor("pounds", total.mean);
  const top = parts.reduce(
    (best, part) =>
      (valueAt(part.series, moneyYear, "mean") || 0) > (valueAt(best.series, moneyYear, "mean") || 0) ? part : best,
    parts[0],
  );
  const after =
    moneyYear > years[0] ? " after " + format.text(total.mean[0]) + " in " + financialYear(years[0]) + " (means)" : "";
  return {
    finding:
      "Everything together costs " +
      format.text(valueAt(total, moneyYear, "mean")) +
      " in " +
      financialYear(moneyYear) +
      (after || " (mean)") +
      "; " +
      inSentence(top.label) +
      " pays " +
      chance(valueAt(top.series, moneyYear, "mean") / valueAt(total, moneyYear, "mean")) +
      ".",
    note: moneyNote(choice, scenario),
    key: parts.map(partKey),
    plot: stackPlot({ years, parts, format, title: format.title + ", means", tick: financialYear }),
    table: () => ({
      caption: "Cost by payer, means, " + pricesName(prices) + ", " + scenarioTitle(scenario),
      columns: [
        { label: "Financial year" },
        ...parts.map((part) => ({ label: part.label, format })),
        { label: "All payers", format },
      ],
      rows: years.map((year, at) => [financialYear(year), ...parts.map((part) => part.values[at]), total.mean[at]]),
    }),
  };
}

function moneyFan(series, subject, choice, scenario, lines = [], finding = null) {
  const values = [...series.p10, ...series.p90, ...lines.flatMap((line) => line.values)];
  const format = formatFor("pounds", values);
  const year = Math.min(Math.max(moneyYear, series.years[0]), series.years[series.years.length - 1]);
  return {
    finding: finding ? finding(format, year) : fanFinding(subject, series, format, year, "in " + financialYear(year)),
    note: moneyNote(choice, scenario),
    key: [
      { ...FAN_KEY[0], label: inSentence(subject) + ", middle future" },
      ...FAN_KEY.slice(1),
      ...lines.map(lineKey),
    ],
    plot: fanPlot({ series, lines, format, title: format.title, moment: financialYear, tick: financialYear }),
    table: () =>
      withLines(
        fanTable(
          subject + ", " + pricesName(choice.prices) + ", " + scenarioTitle(scenario),
          "Financial year",
          series,
          format,
          financialYear,
        ),
        series,
        lines,
        format,
      ),
  };
}

function buildLine(choice, scenario) {
  const line = Number(choice.line);
  const payer = Number(choice.payer);
  const name =
    (line < 0 ? "All costs" : labelOf("lines", line)) +
    (payer < 0 ? "" : ", paid by " + inSentence(labelOf("payers", payer)));
  const series = find("money", [scenario, line, payer, Number(choice.prices)]);
  return hasInterval(series) ? moneyFan(series, name, choice, scenario) : noFigures(name);
}

const BLOCK = "high_needs_block";

function buildBlock(choice, scenario) {
  const prices = Number(choice.prices);
  const cost = moneyOf(scenario, "all", BLOCK, prices);
  const income = moneyOf(scenario, "high_needs_income", BLOCK, prices);
  if (!hasInterval(cost) || !income) return null;
  const line = { label: "income, middle future", years: income.years, values: income.p50, style: STYLES[1] };
  return moneyFan(
    cost,
    "Cost of the high needs block",
    choice,
    scenario,
    [line],
    (format, year) =>
      "The high needs block costs " +
      format.text(valueAt(cost, year, "p50")) +
      " in " +
      financialYear(year) +
      " against an income of " +
      format.text(valueAt(income, year, "p50")) +
      "; 8 in 10 futures cost between " +
      format.text(valueAt(cost, year, "p10")) +
      " and " +
      format.text(valueAt(cost, year, "p90")) +
      ".",
  );
}

function buildDeficit(choice, scenario) {
  const series = moneyOf(scenario, "high_needs_deficit", BLOCK, Number(choice.prices));
  return hasInterval(series)
    ? moneyFan(series, "Deficit of the high needs block carried forward", choice, scenario)
    : null;
}

function buildBalance(choice, scenario) {
  const lines = ["high_needs_in_balance", "high_needs_in_balance_by"]
    .map((code, position) => ({
      label: position ? "in balance in that year or before" : "in balance in that year",
      series: moneyOf(scenario, code, BLOCK, Number(choice.prices)) || moneyOf(scenario, code, BLOCK, NOMINAL),
      style: STYLES[position],
    }))
    .filter((line) => line.series)
    .map((line) => ({ ...line, years: line.series.years, values: line.series.mean }));
  if (!lines.length) return null;
  const format = formatFor("probability", [1]);
  const { years } = lines[0];
  const year = Math.min(moneyYear, years[years.length - 1]);
  const value = valueAt(lines[0].series, year, "mean");
  return {
    finding:
      "The high needs block is in balance in " +
      (value === 0 ? "none" : chance(value)) +
      " of the futures in " +
      financialYear(year) +
      ".",
    note: "Scenario: " + scenarioTitle(scenario) + ".",
    key: lines.map(lineKey),
    plot: (width) => {
      const plot = fanPlot({ lines, format, title: "% of futures", moment: financialYear, tick: financialYear })(width);
      plot.layout.yaxis.range = [0, 103];
      return plot;
    },
    table: () => ({
      caption: "Share of futures in which the high needs block is in balance, " + scenarioTitle(scenario),
      columns: [{ label: "Financial year" }, ...lines.map((line) => ({ label: sentenceCase(line.label), format }))],
      rows: years.map((at) => [financialYear(at), ...lines.map((line) => valueAt(line.series, at, "mean"))]),
    }),
  };
}

const RULES = {
  separate: "Separate budgets",
  pro_rata: "Pooled, pro rata",
  equal: "Pooled, equal parts",
  capped: "Pooled, capped",
};
const ruleName = (code) => RULES[code] || codeWords(code);
const partnerName = (code) =>
  code === "all"
    ? "All partners"
    : labelOf("payers", indexOfCode("payers", code) ?? -2) === "all"
      ? codeWords(code)
      : labelOf("payers", indexOfCode("payers", code));
const poolTime = (choice) => (choice.poolYear === "all" ? "over all years" : "in " + choice.poolYear);

// Where each partner keeps its budget there is no pool that could ask more of one than it gave.
function poolFinding(shown, choice) {
  const cases = shown.filter((row) => row[2] !== "separate");
  if (!cases.length) return "Without a pool, each partner pays its own costs " + poolTime(choice) + ".";
  const over = cases.filter((row) => isNumber(row[7]) && isNumber(row[4]) && row[7] > row[4]).length;
  return (
    "Pooled fund " +
    poolTime(choice) +
    ": in " +
    over +
    " of " +
    cases.length +
    " cases a partner pays more than it contributes in half of the futures."
  );
}

const poolOf = groupRows("pool", (row) => row[0] + "," + row[1]);

function buildPool(choice, scenario) {
  const rows = poolOf.get(scenario + "," + choice.poolYear);
  if (!rows) return noFigures("Pooled fund");
  const shown = rows.filter((row) => row[3] !== "all" && (choice.poolRule === "all" || row[2] === choice.poolRule));
  const marks = shown.map((row) => ({
    label: partnerName(row[3]) + (choice.poolRule === "all" ? " – " + inSentence(ruleName(row[2])) : ""),
    p10: row[6],
    p50: row[7],
    p90: row[8],
    mark: row[4],
  }));
  marks.sort((one, other) => one.label.localeCompare(other.label));
  const format = formatFor(
    "pounds",
    marks.flatMap((mark) => [mark.p90, mark.mark]),
  );
  return {
    finding: poolFinding(shown, choice),
    note: "Scenario: " + scenarioTitle(scenario) + ". A case is one partner under one rule of the pool.",
    key: [
      { label: "paid, middle future", mark: COLOURS.main, symbol: "circle" },
      { label: "paid in 8 in 10 futures", fill: COLOURS.edge },
      { label: "contribution", mark: STYLES[1].line, symbol: "diamond", hollow: true },
    ],
    plot: intervalPlot({ rows: marks, format, title: format.title, markLabel: "Contribution" }),
    table: () => poolTable(rows, choice, scenario, format),
  };
}

function poolTable(rows, choice, scenario, format) {
  const columns = [
    { label: "Rule and partner" },
    ...["Contribution", "Paid, mean", "Paid, P10", "Paid, middle (P50)", "Paid, P90", "Enough in 9 of 10 futures"].map(
      (label) => ({ label, format }),
    ),
  ];
  const kept = rows.filter((row) => choice.poolRule === "all" || row[2] === choice.poolRule);
  return {
    caption: "Pooled fund " + poolTime(choice) + ", " + scenarioTitle(scenario),
    columns,
    rows: kept.map((row) => [
      ruleName(row[2]) + ": " + inSentence(partnerName(row[3])),
      row[4],
      row[5],
      row[6],
      row[7],
      row[8],
      row[9],
    ]),
  };
}

// Before anybody contributes there is no pool.
const poolYears = () =>
  [
    ...new Set(
      rowsOf("pool")
        .filter((row) => row[4] > 0)
        .map((row) => row[1]),
    ),
  ].sort();

function addPool(section) {
  const years = poolYears();
  const wanted = financialYear(moneyYear);
  section.choice.poolYear = years.includes(wanted) ? wanted : years[years.length - 1];
  section.choice.poolRule = "all";
  const rules = [...new Set(rowsOf("pool").map((row) => row[2]))];
  section.figure({
    id: "money-pool",
    name: "Pooled fund",
    uses: ["poolYear", "poolRule"],
    build: buildPool,
    controls: [
      {
        key: "poolYear",
        label: "Financial year",
        options: () => years.map((year) => ({ value: year, label: year === "all" ? "All years together" : year })),
      },
      {
        key: "poolRule",
        label: "Rule",
        options: () => [
          { value: "all", label: "All rules" },
          ...rules.map((rule) => ({ value: rule, label: ruleName(rule) })),
        ],
      },
    ],
  });
}

const lineExists = (choice) =>
  scenarios.some((scenario, index) =>
    has("money", [index, Number(choice.line), Number(choice.payer), Number(choice.prices)]),
  );

function adjustMoney(choice, changed) {
  if (lineExists(choice)) return "";
  const key = changed === "payer" ? "line" : "payer";
  choice[key] = String(ALL);
  return (key === "line" ? "Line" : "Payer") + " set back to all: there are no figures for that combination.";
}

function moneySelects() {
  const used = new Set(rowsOf("money").map((row) => row[1]));
  const costs = rowsOf("lines")
    .map((line, index) => index)
    .filter((index) => used.has(index) && !isBlockLine(codeOf("lines", index)) && !isPoolLine(codeOf("lines", index)));
  return [
    {
      key: "line",
      label: "Line",
      options: () => [
        { value: String(ALL), label: "All lines" },
        ...costs.map((index) => ({ value: String(index), label: labelOf("lines", index) })),
      ],
    },
    {
      key: "payer",
      label: "Payer",
      options: () => [
        { value: String(ALL), label: "All payers" },
        ...rowsOf("payers").map((payer, index) => ({ value: String(index), label: payer.label })),
      ],
    },
  ];
}

function moneySection() {
  if (!rowsOf("money").length && !rowsOf("pool").length) return null;
  const section = new Section(
    "money",
    "Money",
    { prices: String(NOMINAL), line: String(ALL), payer: String(ALL) },
    (choice, key) => (["line", "payer", "prices"].includes(key) ? adjustMoney(choice, key) : ""),
  );
  if (rowsOf("money").length) {
    const prices = [...new Set(rowsOf("money").map((row) => row[3]))].sort();
    const options = () => prices.map((each) => ({ value: String(each), label: sentenceCase(pricesName(each)) }));
    section.controls([{ key: "prices", label: "Prices", options }]);
    section.figure({ id: "money-payers", name: "Cost by payer", uses: ["prices"], build: buildPayers });
    section.figure({
      id: "money-line",
      name: "Cost of a line",
      uses: ["prices", "line", "payer"],
      build: buildLine,
      controls: moneySelects(),
    });
    section.figure({ id: "money-block", name: "High needs block", uses: ["prices"], build: buildBlock });
    section.figure({
      id: "money-deficit",
      name: "Deficit of the high needs block",
      uses: ["prices"],
      build: buildDeficit,
    });
    section.figure({ id: "money-balance", name: "Chance of balance", uses: ["prices"], build: buildBalance });
  }
  if (poolYears().length) addPool(section);
  return section.figures.length ? section : null;
}
