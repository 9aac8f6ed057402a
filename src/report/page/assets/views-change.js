// Sections on why the number of plans changes: its drivers, and moves between settings.

const attributionOf = groupRows("attribution", (row) => row[0]);

const CAUSES = [
  { label: "neither changes", column: 2 },
  { label: "only the population changes", column: 3 },
  { label: "only prevalence changes", column: 4 },
  { label: "both change: the forecast", column: 5 },
];

// What is left over when both change together belongs to neither of them alone.
function effectsOf(row, base) {
  const [, , neither, population, prevalence, both] = row;
  return {
    rest: neither - base,
    population: population - neither,
    prevalence: prevalence - neither,
    together: both - population - prevalence + neither,
  };
}

// Names the largest cause first, whichever it is: most growth may come of nothing changing at all. With the two changes
// together, the causes add up to what the forecast has more.
function driversFinding(rows, format) {
  const last = rows[rows.length - 1];
  const effect = effectsOf(last, rows[0][2]);
  const causes = [
    { size: effect.rest, words: "today's rates, unchanged,", verbs: ["add", "take away"] },
    { size: effect.prevalence, words: "a change of prevalence", verbs: ["adds", "takes away"] },
    { size: effect.population, words: "a change of population", verbs: ["adds", "takes away"] },
    { size: effect.together, words: "the two changes together", verbs: ["add", "take away"] },
  ];
  const told = causes
    .filter(({ size }) => format.changes(size))
    .sort((one, other) => Math.abs(other.size) - Math.abs(one.size))
    .map(({ size, words, verbs }) => [words, verbs[size < 0 ? 1 : 0], format.text(Math.abs(size))].join(" "));
  const between = "Plans by January " + last[1] + " against January " + rows[0][1] + ": ";
  return between + (told.length ? listOf(told) : "nothing adds any or takes any away") + ".";
}

function driverLines(rows) {
  const order = [5, 1, 2, 0];
  return CAUSES.map((cause, position) => ({
    label: cause.label,
    years: rows.map((row) => row[1]),
    values: rows.map((row) => row[cause.column]),
    style: STYLES[order[position]],
  }));
}

const EFFECTS = [
  ["population", "population alone"],
  ["prevalence", "prevalence alone"],
  ["together", "both together, on top"],
  ["rest", "neither: today's plans and rates run on"],
];

function driverParts(rows) {
  const effects = rows.map((row) => effectsOf(row, rows[0][2]));
  return EFFECTS.map(([key, label], position) => ({
    label,
    values: effects.map((effect) => effect[key]),
    style: STYLES[[1, 0, 3, 5][position]],
  }));
}

const partKey = (part) => ({ label: part.label, fill: part.style.line, pattern: part.style.pattern });

// Nothing has moved in the first year: its empty bar would only break the axis.
const withoutFirst = (part) => ({ ...part, values: part.values.slice(1) });

function buildDrivers(choice, scenario) {
  const rows = attributionOf.get(scenario);
  if (!rows) return null;
  const format = formatFor(
    "plans",
    rows.map((row) => row[5]),
  );
  const years = rows.map((row) => row[1]);
  const steps = choice.drivers === "steps";
  const lines = driverLines(rows);
  const parts = driverParts(rows);
  return {
    finding: driversFinding(rows, format),
    note:
      "At central rates, without the spread of futures. Prevalence: how many of each age are given a plan, against the rate of today; population: how many children there are. With neither, plans still change: those held age, and as many are not given as end. Places are not limited here. Scenario: " +
      scenarioTitle(scenario) +
      ".",
    key: steps ? parts.map(partKey) : lines.map(lineKey),
    plot: steps
      ? stackPlot({
          years: years.slice(1),
          parts: parts.map(withoutFirst),
          format,
          title: "Plans more than in January " + years[0],
        })
      : fanPlot({ lines, format, title: "Plans", moment: (year) => "January " + year }),
    table: () => driversTable(rows, parts, format, scenario),
  };
}

function driversTable(rows, parts, format, scenario) {
  const columns = [
    { label: "January", format: yearFormat },
    ...CAUSES.map((cause) => ({ label: "Plans if " + cause.label, format })),
    ...parts.map((part) => ({ label: "From " + part.label, format: { text: format.change } })),
  ];
  const tidy = (value) => (isNumber(value) ? Math.round(value * 10) / 10 : value);
  return {
    caption: "What moves the number of plans, " + scenarioTitle(scenario),
    columns,
    rows: rows.map((row, at) => [
      row[1],
      ...CAUSES.map((cause) => row[cause.column]),
      ...parts.map((part) => tidy(part.values[at])),
    ]),
  };
}

function driversSection() {
  if (!attributionOf.size) return null;
  const options = () => [
    { value: "steps", label: "What each adds" },
    { value: "lines", label: "Plans if only some change" },
  ];
  return new Section("drivers", "What moves the forecast", { drivers: "steps" }).figure({
    id: "drivers-chart",
    name: "Population and prevalence",
    uses: ["drivers"],
    build: buildDrivers,
    controls: [{ key: "drivers", label: "Show", options }],
  });
}

const flowsOf = groupRows("flows", (row) => row[0] + "," + row[1]);

function flowMatrix(rows) {
  const used = rowsOf("settings")
    .map((entry, index) => index)
    .filter((index) => rows.some((row) => row[2] === index || row[3] === index));
  const order = [...(rows.some((row) => row[2] === ALL) ? [ALL] : []), ...used];
  const ends = [...used, ...(rows.some((row) => row[3] === ALL) ? [ALL] : [])];
  const values = order.map((from) =>
    ends.map((to) => {
      const row = rows.find((candidate) => candidate[2] === from && candidate[3] === to);
      return row ? row[4] : from === to ? null : 0;
    }),
  );
  return { values, from: order, to: ends };
}

const fromName = (index) => (index === ALL ? "New plans and moved in" : labelOf("settings", index));
const toName = (index) => (index === ALL ? "Plan ceased or moved out" : labelOf("settings", index));

function movesFinding(rows, year, format) {
  const moves = rows.filter((row) => row[2] !== ALL && row[3] !== ALL);
  const sum = (list) => list.reduce((total, row) => total + (row[4] || 0), 0);
  const most = moves.reduce((best, row) => (!best || row[4] > best[4] ? row : best), null);
  const parts = [
    most
      ? "Most move from " +
        inSentence(fromName(most[2])) +
        " to " +
        inSentence(toName(most[3])) +
        " in " +
        year +
        ": " +
        format.text(most[4]) +
        " of " +
        format.text(sum(moves)) +
        " children who change setting"
      : "No moves between settings in " + year,
  ];
  const joined = sum(rows.filter((row) => row[2] === ALL));
  const left = sum(rows.filter((row) => row[3] === ALL));
  if (joined || left) parts.push(format.text(joined) + " come new and " + format.text(left) + " leave");
  return parts.join("; ") + ".";
}

function buildMoves(choice, scenario) {
  const rows = flowsOf.get(scenario + "," + choice.year);
  if (!rows) return noFigures("Moves between settings");
  const { values, from, to } = flowMatrix(rows);
  const format = formatFor("children", values.flat());
  const text = values.map((list, row) =>
    list.map(
      (value, column) =>
        plain(fromName(from[row])) +
        " →<br>" +
        plain(toName(to[column])) +
        "<br>" +
        format.text(value) +
        " children in " +
        choice.year,
    ),
  );
  const shown = values.map((list) => list.map((value) => (value >= 0.5 ? format.text(value) : "")));
  // A few large flows would leave all others white: colour follows the square root, numbers stay in the cells.
  const roots = values.map((list) => list.map((value) => (isNumber(value) ? Math.sqrt(value) : null)));
  const plot = heatPlot({
    x: to.map((index) => wrapped(toName(index), 19, 2)),
    y: from.map((index) => wrapped(fromName(index), 24, 2)),
    values: roots,
    format,
    title: "",
    xTitle: "",
    yTitle: "",
    text,
    cellText: shown,
    minimum: 660,
    rowHeight: 34,
    side: 176,
  });
  return {
    finding: movesFinding(rows, choice.year, format),
    note:
      "Rows: where children are; columns: where they go in the calendar year. Expected numbers; empty cells are below one half. Scenario: " +
      scenarioTitle(scenario) +
      ".",
    plot: (width) => {
      const drawn = plot(width);
      drawn.data[0].showscale = false;
      drawn.layout.margin.r = 6;
      return drawn;
    },
    table: () => ({
      caption: "Moves between settings in " + choice.year + ", " + scenarioTitle(scenario),
      columns: [{ label: "From" }, ...to.map((index) => ({ label: "To: " + toName(index), format }))],
      rows: from.map((index, row) => [fromName(index), ...values[row]]),
    }),
  };
}

function movesSection() {
  const years = [...new Set(rowsOf("flows").map((row) => row[1]))].sort();
  if (!years.length) return null;
  const year = years.includes(headlineYear) ? headlineYear : years[years.length - 1];
  const options = () => years.map((each) => ({ value: String(each), label: String(each) }));
  return new Section("moves", "Moves between settings", { year: String(year) }).figure({
    id: "moves-chart",
    name: "Moves between settings",
    wide: true,
    uses: ["year"],
    build: buildMoves,
    controls: [{ key: "year", label: "Calendar year", options }],
  });
}
