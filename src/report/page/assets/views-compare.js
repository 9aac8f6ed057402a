// Section on scenarios side by side: paired differences and chances of exceeding an amount; appraisal is a file of its own.

// "m:3" is a measure of the forecast, "c:-1" the cost to a payer: one list for the reader.
function differenceMeasures() {
  const used = new Set(rowsOf("differences").map((row) => row[1]));
  const measures = rowsOf("measures")
    .map((measure, index) => index)
    .filter((index) => used.has(index))
    .map((index) => ({ value: "m:" + index, label: labelOf("measures", index) }));
  const payers = new Set(
    rowsOf("money_differences")
      .filter((row) => row[1] === ALL)
      .map((row) => row[2]),
  );
  const costs = [...payers]
    .sort((one, other) => one - other)
    .map((payer) => ({
      value: "c:" + payer,
      label: payer < 0 ? "Cost, all payers" : "Cost, " + inSentence(labelOf("payers", payer)),
    }));
  return [...measures, ...costs];
}

function differenceSeries(scenario, choice) {
  const [kind, index] = choice.what.split(":");
  if (kind === "c") return find("money_differences", [scenario, ALL, Number(index), NOMINAL]);
  return find("differences", forecastKeys(scenario, Number(index), { setting: Number(choice.where) }));
}

const differenceExists = (choice) =>
  scenarios.some((scenario, index) => index > 0 && hasInterval(differenceSeries(index, choice)));

function differenceYears(choice) {
  const years = scenarios.flatMap((scenario, index) => {
    const series = differenceSeries(index, choice);
    return series ? series.years : [];
  });
  return [...new Set(years)].sort();
}

// Some measures exist only for a setting (places), others only for all together.
function adjustDifferences(choice, changed) {
  const said = [];
  if (!differenceExists(choice)) {
    const other = differenceSettings(choice).find((option) => !option.disabled);
    choice.where = other ? other.value : String(ALL);
    said.push(
      "Setting set to " +
        inSentence(other ? other.label : "All settings") +
        ": there are no figures for that combination.",
    );
  }
  const years = differenceYears(choice);
  if (years.length && !years.includes(Number(choice.when))) {
    choice.when = String(years[years.length - 1]);
    said.push("Year set to " + choice.when + ".");
  }
  return said.join(" ");
}

function differenceSettings(choice) {
  const option = (value, label) => ({ value, label, disabled: !differenceExists({ ...choice, where: value }) });
  return [
    option(String(ALL), "All settings"),
    ...rowsOf("settings").map((entry, index) => option(String(index), entry.label)),
  ];
}

function differenceWords(choice) {
  const [kind, index] = choice.what.split(":");
  const year = Number(choice.when);
  if (kind === "c")
    return {
      unit: "pounds",
      name: Number(index) < 0 ? "Cost, all payers" : "Cost, " + inSentence(labelOf("payers", Number(index))),
      when: "in " + financialYear(year),
    };
  const setting = Number(choice.where);
  const all = codeOf("measures", Number(index)) === "plans" ? "All plans" : labelOf("measures", Number(index));
  const name = setting < 0 ? all : labelOf("measures", Number(index)) + ", " + inSentence(labelOf("settings", setting));
  return { unit: unitOf("measures", Number(index)), name, when: inMoment(codeOf("measures", Number(index)), year) };
}

function differenceRows(choice) {
  const year = Number(choice.when);
  const rows = scenarios
    .map((scenario, index) => ({
      index,
      label: scenarioTitle(index),
      series: index ? differenceSeries(index, choice) : null,
    }))
    .filter((row) => row.series && isNumber(valueAt(row.series, year, "p50")))
    .map((row) => ({
      index: row.index,
      label: row.label,
      ...Object.fromEntries(SHOWN_QUANTILES.map((name) => [name, valueAt(row.series, year, name)])),
    }));
  return rows.sort((one, other) => one.p50 - other.p50 || (one.mean || 0) - (other.mean || 0));
}

// Names the scenarios at either end, of those that change anything.
function differencesFinding(rows, words, format) {
  const changing = rows.filter((row) => format.changes(row.p50));
  if (!changing.length)
    return "No scenario changes this in the middle of the futures: " + inSentence(words.name) + " " + words.when + ".";
  const ends = changing.length > 1 ? [changing[0], changing[changing.length - 1]] : changing;
  const told = ends.map(
    (row, at) => scenarioName(row.index) + (at ? " by " : " changes it by ") + format.change(row.p50),
  );
  return words.name + " " + words.when + ", less the baseline: " + told.join(", ") + " (middle of the futures).";
}

function buildDifferences(choice) {
  const words = differenceWords(choice);
  const rows = differenceRows(choice);
  if (!rows.length) return noFigures(words.name);
  const format = formatFor(
    words.unit,
    rows.flatMap((row) => [row.p10, row.p90]),
  );
  const columns = [
    { label: "Scenario" },
    ...SHOWN_QUANTILES.map((name) => ({ label: QUANTILE_LABELS[name], format: { text: format.change } })),
  ];
  return {
    finding: differencesFinding(rows, words, format),
    note:
      "Each scenario less the baseline in the same futures; the line at 0 is no change." +
      (words.unit === "pounds" ? " In cash of each year." : ""),
    key: [
      { label: "middle future", mark: COLOURS.main, symbol: "circle" },
      { label: "8 in 10 futures", fill: COLOURS.edge },
    ],
    plot: intervalPlot({ rows, format, title: "Change, " + (format.changeTitle || format.title), change: true }),
    table: () => ({
      caption: words.name + " " + words.when + ", change against the baseline",
      columns,
      rows: rows.map((row) => [row.label, ...SHOWN_QUANTILES.map((name) => row[name])]),
    }),
  };
}

function addDifferences(section) {
  const measures = differenceMeasures();
  if (scenarios.length < 2 || !measures.length) return;
  Object.assign(section.choice, { what: measures[0].value, where: String(ALL), when: String(headlineYear) });
  adjustDifferences(section.choice, "what");
  const when = (choice) =>
    differenceYears(choice).map((year) => ({
      value: String(year),
      label: choice.what.startsWith("c") ? financialYear(year) : String(year),
    }));
  section.figure({
    id: "compare-differences",
    name: "What each scenario changes",
    uses: ["what", "where", "when"],
    fixed: true,
    build: buildDifferences,
    controls: [
      { key: "what", label: "Measure", options: () => measures },
      { key: "where", label: "Setting", options: differenceSettings },
      { key: "when", label: "Year", options: when },
    ],
  });
}

const exceedanceOf = new Map(rowsOf("exceedance").map((row) => [row.slice(0, 4).join(), row[4]]));
// What is counted on the day of the published census is no future.
const amountRows = rowsOf("exceedance").filter((row) => !(isStock(row[1]) && row[3] === baseYear));
const exceedanceCodes = () => [...new Set(amountRows.map((row) => row[1]))];
const distinct = (column, choice) =>
  [
    ...new Set(
      amountRows
        .filter((row) => row[1] === choice.amount && (column === 2 || row[2] === Number(choice.amountWhere)))
        .map((row) => row[column]),
    ),
  ].sort((one, other) => one - other);
const isMoneyAmount = (code) => code.startsWith("cost") || isBlockLine(code);

function amountLabel(code) {
  const measure = indexOfCode("measures", code);
  if (measure !== undefined) return labelOf("measures", measure);
  const payer = indexOfCode("payers", code.replace(/^cost_/, ""));
  if (code.startsWith("cost_") && payer !== undefined) return "Cost, " + inSentence(labelOf("payers", payer));
  const line = indexOfCode("lines", code);
  return line === undefined ? codeWords(code) : labelOf("lines", line);
}

function adjustExceedance(choice) {
  const said = [];
  if (!distinct(2, choice).includes(Number(choice.amountWhere))) {
    choice.amountWhere = String(distinct(2, choice)[0]);
    said.push("Setting set to what there is.");
  }
  const years = distinct(3, choice);
  if (!years.includes(Number(choice.amountWhen))) {
    choice.amountWhen = String(years[years.length - 1]);
    said.push("Year set to " + choice.amountWhen + ".");
  }
  return said.join(" ");
}

const MOST_CURVES = 5;
const PERCENTILES = Array.from({ length: 99 }, (none, at) => at);
const chosenCurves = [];

// Futures with the same amount all reach it: so many as the first of them stands for.
const sharesReached = (values) => values.map((value) => (99 - values.indexOf(value)) / 100);

// Many futures have one amount where places are limited: nobody then has more in the upper half of them.
function curveFinding(curve, format, limited) {
  const text = (percent) => format.text(curve.values[percent - 1]);
  const name = scenarioName(curve.scenario);
  if (text(5) === text(95))
    return name + " has " + text(50) + " in nearly every future" + (limited ? ": places are limited" : "");
  const upper =
    text(50) === text(90) ? ", and no more than that in 9 of 10" : " and at least " + text(90) + " in 1 of 10";
  return name + " has at least " + text(50) + " in 5 of 10 futures" + upper;
}

function buildExceedance(choice) {
  const code = choice.amount;
  const money = isMoneyAmount(code);
  const curves = chosenCurves
    .map((scenario, position) => ({
      scenario,
      label: scenarioTitle(scenario),
      style: STYLES[position],
      chances: PERCENTILES.map((at) => (99 - at) / 100),
      values: exceedanceOf.get([scenario, code, choice.amountWhere, choice.amountWhen].join()),
    }))
    .filter((curve) => curve.values)
    .map((curve) => ({ ...curve, reached: sharesReached(curve.values) }));
  const setting = Number(choice.amountWhere);
  const name =
    (code === "plans" && setting < 0 ? "All plans" : amountLabel(code)) +
    (setting < 0 ? "" : ", " + inSentence(labelOf("settings", setting)));
  if (!curves.length) return noFigures(name);
  const format = formatFor(
    money ? "pounds" : unitOf("measures", indexOfCode("measures", code) ?? -1),
    curves.flatMap((curve) => curve.values),
  );
  const when = money ? "in " + financialYear(Number(choice.amountWhen)) : inMoment(code, choice.amountWhen);
  const rows = PERCENTILES.filter((at) => at % 5 === 4).map((at) => [
    chance((99 - at) / 100),
    ...curves.map((curve) => curve.values[at]),
  ]);
  return {
    finding:
      name +
      " " +
      when +
      ": " +
      curveFinding(curves[0], format, code === "plans" && placeSettings().includes(setting)) +
      ".",
    note:
      "Read up from an amount to see in how many futures there is so much or more. " +
      "Where a line falls straight down, many futures have that same amount.",
    key: curves.map(lineKey),
    plot: curvePlot({ curves, format, title: name + (money ? ", " + format.title : "") }),
    table: () => ({
      caption: "Amounts that there are, or more, in a share of futures: " + name + " " + when,
      columns: [
        { label: "In at least this share of futures" },
        ...curves.map((curve) => ({ label: curve.label, format })),
      ],
      rows,
    }),
  };
}

// The baseline with the lowest and highest scenario: others lie so near that their lines cover each other.
function farthestApart(choice) {
  const middle = (index) =>
    exceedanceOf.get([index, choice.amount, choice.amountWhere, choice.amountWhen].join())?.[49];
  const ranked = scenarios
    .map((scenario, index) => index)
    .filter((index) => index > 0 && isNumber(middle(index)))
    .sort((one, other) => middle(one) - middle(other));
  return [...new Set([0, ...ranked.slice(0, 1), ...ranked.slice(-1)])];
}

function curveBoxes(section) {
  const list = element("fieldset", { class: "boxes" }, element("legend", { text: "Scenarios, up to " + MOST_CURVES }));
  const boxes = scenarios.map((scenario, index) =>
    element("input", { type: "checkbox", value: index, checked: chosenCurves.includes(index) }),
  );
  const limit = () =>
    boxes.forEach((box) => {
      box.disabled = !box.checked && chosenCurves.length >= MOST_CURVES;
    });
  boxes.forEach((box, index) => {
    box.addEventListener("change", () => {
      if (box.checked) chosenCurves.push(index);
      else chosenCurves.splice(chosenCurves.indexOf(index), 1);
      limit();
      section.change("curves", chosenCurves.join());
    });
    list.append(element("label", {}, box, " " + scenarioTitle(index)));
  });
  limit();
  return list;
}

function addExceedance(section) {
  const codes = exceedanceCodes();
  if (!codes.length) return;
  Object.assign(section.choice, {
    amount: codes.includes("plans") ? "plans" : codes[0],
    amountWhere: String(ALL),
    amountWhen: String(headlineYear),
  });
  adjustExceedance(section.choice);
  chosenCurves.push(...farthestApart(section.choice));
  const settingOptions = (choice) =>
    distinct(2, choice).map((index) => ({
      value: String(index),
      label: index < 0 ? "All settings" : labelOf("settings", index),
    }));
  const yearOptions = (choice) =>
    distinct(3, choice).map((year) => ({
      value: String(year),
      label: isMoneyAmount(choice.amount) ? financialYear(year) : String(year),
    }));
  section.figure({
    id: "compare-exceedance",
    name: "How likely it is to be so much or more",
    uses: ["amount", "amountWhere", "amountWhen", "curves"],
    fixed: true,
    build: buildExceedance,
    extra: scenarios.length > 1 ? curveBoxes(section) : null,
    controls: [
      {
        key: "amount",
        label: "Amount",
        options: () => codes.map((code) => ({ value: code, label: amountLabel(code) })),
      },
      { key: "amountWhere", label: "Setting", options: settingOptions },
      { key: "amountWhen", label: "Year", options: yearOptions },
    ],
  });
}

function compareSection() {
  const section = new Section("compare", "Scenarios compared", {}, (choice, key) =>
    ["what", "where", "when"].includes(key)
      ? adjustDifferences(choice, key)
      : key.startsWith("amount")
        ? adjustExceedance(choice)
        : "",
  );
  addDifferences(section);
  addExceedance(section);
  addAppraisal(section);
  return section.figures.length ? section : null;
}
