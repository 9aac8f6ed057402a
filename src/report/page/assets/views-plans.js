// Sections on plans: the forecast itself, what moves it, and moves between settings.

const CUTS = ["need", "setting", "age_group", "area"];

function existingCuts() {
  const cuts = new Map();
  for (const row of rowsOf("forecast")) {
    if (!cuts.has(row[1]))
      cuts.set(
        row[1],
        CUTS.map(() => new Set()),
      );
    CUTS.forEach((kind, position) => cuts.get(row[1])[position].add(row[2 + position]));
  }
  return cuts;
}

const splits = existingCuts();
const splitBy = (measure, kind, index) => splits.has(measure) && splits.get(measure)[CUTS.indexOf(kind)].has(index);

const planMeasures = () =>
  rowsOf("measures")
    .map((measure, index) => index)
    .filter((index) => splits.has(index) && !PLACE_MEASURES.includes(codeOf("measures", index)));

function cutOf(choice) {
  const cut = { need: Number(choice.need), setting: Number(choice.setting), age_group: ALL, area: ALL };
  if (choice.part !== "all") {
    const [kind, index] = choice.part.split(":");
    cut[kind] = Number(index);
  }
  return cut;
}

function cutName(cut) {
  const kinds = { need: "needs", setting: "settings", age_group: "age_groups", area: "areas" };
  return Object.keys(kinds)
    .filter((key) => cut[key] >= 0)
    .map((key) => labelOf(kinds[key], cut[key]))
    .join(", ");
}

function subjectOf(measure, cut) {
  const label = labelOf("measures", measure);
  const name = cutName(cut);
  if (name) return label + ", " + name;
  return codeOf("measures", measure) === "plans" ? "All plans" : label;
}

function existsAnywhere(measure, cut) {
  return scenarios.some((scenario, index) => has("forecast", forecastKeys(index, measure, cut)));
}

// What was chosen last stays; the other selects go back to "all", the finest cut first.
function adjustPlans(choice, changed) {
  const order = ["part", "need", "setting"].filter((key) => key !== changed);
  const reset = [];
  for (const key of order) {
    if (existsAnywhere(Number(choice.measure), cutOf(choice))) break;
    if (choice[key] === "all" || Number(choice[key]) === ALL) continue;
    choice[key] = key === "part" ? "all" : String(ALL);
    reset.push({ part: "age group or area", need: "need", setting: "setting" }[key]);
  }
  if (!existsAnywhere(Number(choice.measure), cutOf(choice))) {
    Object.assign(choice, { need: String(ALL), setting: String(ALL), part: "all" });
  }
  return reset.length
    ? sentenceCase(listOf(reset)) + " set back to all: there are no figures for that combination."
    : "";
}

const optionsOf = (kind, cut, measure) =>
  rowsOf(kind).map((entry, index) => ({
    value: String(index),
    label: entry.label,
    disabled: !splitBy(measure, cut, index),
  }));

const planSelects = [
  {
    key: "measure",
    label: "What",
    options: () => planMeasures().map((index) => ({ value: String(index), label: labelOf("measures", index) })),
  },
  {
    key: "setting",
    label: "Setting",
    options: (choice) => [
      { value: String(ALL), label: "All settings" },
      ...optionsOf("settings", "setting", Number(choice.measure)),
    ],
  },
  {
    key: "need",
    label: "Primary need",
    options: (choice) => [
      { value: String(ALL), label: "All needs" },
      ...optionsOf("needs", "need", Number(choice.measure)),
    ],
  },
  { key: "part", label: "Age group or area", options: partOptions },
];

function partOptions(choice) {
  const prefix = (kind, options) => options.map((option) => ({ ...option, value: kind + ":" + option.value }));
  return [
    { value: "all", label: "All ages and areas" },
    ...prefix("age_group", optionsOf("age_groups", "age_group", Number(choice.measure))),
    ...prefix("area", optionsOf("areas", "area", Number(choice.measure))),
  ];
}

const QUANTILE_LABELS = { p50: "Middle (P50)", p10: "P10", p25: "P25", p75: "P75", p90: "P90", mean: "Mean" };
const SHOWN_QUANTILES = ["p50", "p10", "p25", "p75", "p90", "mean"];

const quantileColumns = (format) => SHOWN_QUANTILES.map((name) => ({ label: QUANTILE_LABELS[name], format }));

function fanTable(caption, first, series, format, label) {
  const columns = [{ label: first }, ...quantileColumns(format)];
  const rows = series.years.map((year, at) => [label(year), ...SHOWN_QUANTILES.map((name) => series[name][at])]);
  return { caption, columns, rows };
}

const seriesFormat = (unit, series) => formatFor(unit, [...series.p10, ...series.p90, ...series.mean]);

function fanFinding(subject, series, format, year, words) {
  const middle = subject + ": " + format.text(valueAt(series, year, "p50")) + " " + words;
  const low = valueAt(series, year, "p10");
  const high = valueAt(series, year, "p90");
  return isNumber(low) && low !== high
    ? middle + ", 8 in 10 futures between " + format.text(low) + " and " + format.text(high) + "."
    : middle + ".";
}

function noFigures(subject) {
  return {
    finding: subject + ": there are no figures for this scenario and choice.",
    note: "",
    plot: (width) => ({
      data: [],
      layout: baseLayout(width, 60, { xaxis: { visible: false }, yaxis: { visible: false } }),
    }),
    table: () => ({ caption: subject, columns: [{ label: "Year" }], rows: [] }),
  };
}

function buildPlansFan(choice, scenario) {
  const measure = Number(choice.measure);
  const cut = cutOf(choice);
  const code = codeOf("measures", measure);
  const subject = subjectOf(measure, cut);
  const series = find("forecast", forecastKeys(scenario, measure, cut));
  if (!hasInterval(series)) return noFigures(subject);
  const format = seriesFormat(unitOf("measures", measure), series);
  const label = (year) => sentenceCase(moment(code, year));
  const year = Math.min(headlineYear, series.years[series.years.length - 1]);
  return {
    finding: fanFinding(subject, series, format, year, inMoment(code, year)),
    key: FAN_KEY,
    note: "Scenario: " + scenarioTitle(scenario) + ".",
    plot: fanPlot({ series, format, title: sentenceCase(format.title), moment: label }),
    table: () =>
      fanTable(
        subject + ", " + scenarioTitle(scenario),
        STOCKS.includes(code) ? "January" : "Year",
        series,
        format,
        (at) => String(at),
      ),
  };
}

function buildMultiples(choice, scenario) {
  const kind = choice.panels === "need" ? "needs" : "settings";
  const measure = indexOfCode("measures", "plans");
  const panels = rowsOf(kind)
    .map((entry, index) => ({
      label: entry.label,
      series: find("forecast", forecastKeys(scenario, measure, { [choice.panels]: index })),
    }))
    .filter((panel) => hasInterval(panel.series) && panel.series.p50.length > 1);
  if (!panels.length) return null;
  const format = formatFor("plans", [100]);
  return {
    finding: multiplesFinding(panels, format),
    note:
      "Each panel has a scale of its own, from 0 to the number at its top right. Scenario: " +
      scenarioTitle(scenario) +
      ".",
    key: FAN_KEY,
    plot: multiplesPlot({ panels, format, moment: (year) => "January " + year }),
    table: () => multiplesTable(panels, format, choice.panels === "need" ? "Need" : "Setting", scenario),
  };
}

// A suppressed figure at either end leaves the change unknown, so such a panel cannot lead.
function growthOf({ series }) {
  const ends = [series.p50[0], valueAt(series, headlineYear, "p50")];
  return ends.every(isNumber) ? ends[1] - ends[0] : -Infinity;
}

function multiplesFinding(panels, format) {
  const most = panels.reduce((best, panel) => (growthOf(panel) > growthOf(best) ? panel : best), panels[0]);
  const { series } = most;
  if (!(growthOf(most) > 0))
    return "None of these has more plans in January " + headlineYear + " than in January " + series.years[0] + ".";
  return (
    most.label +
    " grows most: from " +
    format.text(series.p50[0]) +
    " plans in January " +
    series.years[0] +
    " to " +
    format.text(valueAt(series, headlineYear, "p50")) +
    " in January " +
    headlineYear +
    "."
  );
}

function multiplesTable(panels, format, first, scenario) {
  const columns = [{ label: first }, { label: "January", format: yearFormat }, ...quantileColumns(format)];
  const rows = panels.flatMap(({ label, series }) =>
    series.years.map((year, at) => [label, year, ...SHOWN_QUANTILES.map((name) => series[name][at])]),
  );
  return { caption: "Plans by " + first.toLowerCase() + ", " + scenarioTitle(scenario), columns, rows };
}

const agesOf = groupRows("ages", (row) => row[0] + "," + row[1]);

function buildAges(choice, scenario) {
  const rows = agesOf.get(scenario + "," + choice.agesSetting);
  if (!rows) return noFigures("Plans by age");
  const sorted = [...rows].sort((one, other) => one[2] - other[2]);
  const years = sorted.map((row) => row[2]);
  const ages = sorted[0][3].map((value, age) => age);
  const values = ages.map((age) => sorted.map((row) => row[3][age]));
  const format = formatFor("plans", values.flat());
  const name = choice.agesSetting === String(ALL) ? "all settings" : labelOf("settings", Number(choice.agesSetting));
  const text = values.map((list, age) =>
    list.map((value, at) => "Age " + age + ", January " + years[at] + "<br>" + format.text(value) + " plans"),
  );
  return {
    finding: agesFinding(ages, years, values, format, name),
    note: "Means of the futures; age on the 31 August before. Scenario: " + scenarioTitle(scenario) + ".",
    plot: heatPlot({
      x: years,
      y: ages,
      values,
      format,
      title: "Plans",
      xTitle: "January",
      yTitle: "Age",
      text,
      rowHeight: 15,
    }),
    table: () => ({
      caption: "Plans by single year of age, " + name + ", " + scenarioTitle(scenario),
      columns: [{ label: "Age", format: yearFormat }, ...years.map((year) => ({ label: "January " + year, format }))],
      rows: ages.map((age) => [age, ...values[age]]),
    }),
  };
}

function agesFinding(ages, years, values, format, name) {
  const at = Math.max(0, years.indexOf(headlineYear));
  const change = (age) => (values[age][at] || 0) - (values[age][0] || 0);
  const top = ages.reduce((best, age) => ((values[age][at] || 0) > (values[best][at] || 0) ? age : best), 0);
  const growing = ages.reduce((best, age) => (change(age) > change(best) ? age : best), 0);
  const growth =
    change(growing) > 0
      ? "; age " + growing + " grows most since January " + years[0] + " (" + format.change(change(growing)) + ")"
      : "";
  return (
    sentenceCase(name) +
    ": age " +
    top +
    " has most plans in January " +
    years[at] +
    " (" +
    format.text(values[top][at]) +
    ")" +
    growth +
    "."
  );
}

function plansSection() {
  const plans = indexOfCode("measures", "plans") ?? planMeasures()[0];
  if (plans === undefined) return null;
  const section = new Section(
    "plans",
    "Plans",
    {
      measure: String(plans),
      setting: String(ALL),
      need: String(ALL),
      part: "all",
      panels: "setting",
      agesSetting: String(ALL),
    },
    (choice, key) => (planSelects.some((select) => select.key === key) ? adjustPlans(choice, key) : ""),
  );
  section.figure({
    id: "plans-fan",
    name: "Forecast",
    uses: planSelects.map((select) => select.key),
    controls: planSelects,
    build: buildPlansFan,
  });
  section.figure({
    id: "plans-panels",
    name: "Plans by setting or need",
    uses: ["panels"],
    build: buildMultiples,
    controls: [
      {
        key: "panels",
        label: "One panel for each",
        options: () => [
          { value: "setting", label: "Setting" },
          { value: "need", label: "Primary need" },
        ],
      },
    ],
  });
  if (agesOf.size) {
    const options = () => [
      { value: String(ALL), label: "All settings" },
      ...rowsOf("settings").map((entry, index) => ({
        value: String(index),
        label: entry.label,
        disabled: !agesOf.has("0," + index),
      })),
    ];
    section.figure({
      id: "plans-ages",
      name: "Plans by age",
      uses: ["agesSetting"],
      build: buildAges,
      controls: [{ key: "agesSetting", label: "Setting", options }],
    });
  }
  return section;
}
