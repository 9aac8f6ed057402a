// Sections on what there is for children: places in schools and units, and hours of services.

const placeSettings = () => {
  const measure = indexOfCode("measures", "places_needed");
  return measure === undefined
    ? []
    : rowsOf("settings")
        .map((entry, index) => index)
        .filter((index) => splitBy(measure, "setting", index));
};

const triggersOf = new Map(rowsOf("triggers").map((row) => [row[0] + "," + row[1], row]));

function triggerSentence(scenario, setting) {
  const row = triggersOf.get(scenario + "," + setting);
  if (!row) return "";
  if (!row[2]) return "Places are short in half of the futures in no September up to " + (lastYear - 1) + ".";
  if (row[3] === row[2])
    return "Places are short in half of the futures, and already in 8 in 10, from September " + row[2] + ".";
  const later = row[3]
    ? ", and in 8 in 10 futures from September " + row[3]
    : ", and in 8 in 10 futures in no September up to " + (lastYear - 1);
  return "Places are short in half of the futures from September " + row[2] + later + ".";
}

const placesCut = (choice) => ({ setting: Number(choice.placesSetting), area: Number(choice.placesArea) });

function placesName(choice) {
  const area = Number(choice.placesArea);
  return labelOf("settings", Number(choice.placesSetting)) + (area >= 0 ? ", " + labelOf("areas", area) : "");
}

function placeLines(choice, scenario) {
  const line = (code, quantile, label, style) => {
    const series = forecastOf(scenario, code, placesCut(choice));
    return series ? [{ label, years: series.years, values: series[quantile], style }] : [];
  };
  return [
    ...line("places", "p50", "places there are", STYLES[1]),
    ...line("places_for_90_percent", "mean", "places that are enough in 9 of 10 futures", STYLES[3]),
  ];
}

function buildPlaces(choice, scenario) {
  const series = forecastOf(scenario, "places_needed", placesCut(choice));
  const subject = "Places needed, " + placesName(choice);
  if (!hasInterval(series)) return noFigures(subject);
  const lines = placeLines(choice, scenario);
  const format = formatFor("places", [...series.p90, ...lines.flatMap((line) => line.values)]);
  const year = Math.min(headlineYear, series.years[series.years.length - 1]);
  const there = lines[0] ? lines[0].values[lines[0].years.indexOf(year)] : null;
  const needed = format.text(valueAt(series, year, "p50"));
  const against = isNumber(there)
    ? ": " + needed + " places needed in September " + year + " against " + format.text(there) + " there are"
    : ": " + needed + " places needed in September " + year;
  return {
    finding:
      placesName(choice) +
      against +
      "; 8 in 10 futures need " +
      format.text(valueAt(series, year, "p10")) +
      " to " +
      format.text(valueAt(series, year, "p90")) +
      ".",
    note: [
      Number(choice.placesArea) < 0 ? triggerSentence(scenario, Number(choice.placesSetting)) : "",
      "Scenario: " + scenarioTitle(scenario) + ".",
    ]
      .filter(Boolean)
      .join(" "),
    key: [{ ...FAN_KEY[0], label: "places needed, middle future" }, ...FAN_KEY.slice(1), ...lines.map(lineKey)],
    plot: fanPlot({ series, lines, format, title: "Places", moment: (at) => "September " + at }),
    table: () =>
      withLines(
        fanTable(subject + ", " + scenarioTitle(scenario), "September", series, format, String),
        series,
        lines,
        format,
      ),
  };
}

function withLines(table, series, lines, format) {
  table.columns.push(...lines.map((line) => ({ label: sentenceCase(line.label), format })));
  table.rows.forEach((row, at) =>
    row.push(...lines.map((line) => line.values[line.years.indexOf(series.years[at])] ?? null)),
  );
  return table;
}

const SHORT = [
  ["probability_short", "more places needed than there are"],
  ["probability_without_place", "a child who needs a place has none"],
];

function buildChance(choice, scenario) {
  const lines = SHORT.map(([code, label], position) => ({
    label,
    series: forecastOf(scenario, code, placesCut(choice)),
    style: STYLES[position],
  }))
    .filter((line) => line.series)
    .map((line) => ({ ...line, years: line.series.years, values: line.series.mean }));
  if (!lines.length) return null;
  const format = formatFor("probability", [1]);
  const series = lines[0].series;
  const year = Math.min(headlineYear, series.years[series.years.length - 1]);
  return {
    finding:
      placesName(choice) +
      ": " +
      (lines[0].label === SHORT[0][1] ? "places are short" : SHORT[1][1]) +
      " in " +
      chance(valueAt(series, year, "mean")) +
      " of futures in September " +
      year +
      ".",
    note: "Scenario: " + scenarioTitle(scenario) + ".",
    key: lines.map(lineKey),
    plot: (width) => {
      const plot = fanPlot({ lines, format, title: "% of futures", moment: (at) => "September " + at })(width);
      plot.layout.yaxis.range = [0, 103];
      return plot;
    },
    table: () => ({
      caption: "Share of futures, " + placesName(choice) + ", " + scenarioTitle(scenario),
      columns: [
        { label: "September", format: yearFormat },
        ...lines.map((line) => ({ label: sentenceCase(line.label), format })),
      ],
      rows: series.years.map((at) => [at, ...lines.map((line) => valueAt(line.series, at, "mean"))]),
    }),
  };
}

const KINDS = { school: "School", unit: "Unit", not_listed: "Not listed by name", new_build: "New building" };
const providersOf = groupRows("providers", (row) => row[0] + "," + row[5]);

function buildProviders(choice, scenario) {
  const rows = providersOf.get(scenario + "," + choice.september) || [];
  const setting = Number(choice.placesSetting);
  const chosen = rows.filter((row) => row[2] === setting);
  if (!chosen.length) return null;
  const pupils = formatFor("pupils", [100]);
  const share = formatFor("probability", [1]);
  // What stands for places that are not listed is no provider that could be full.
  const named = chosen.filter((row) => row[4] !== "not_listed");
  const full = named.filter((row) => row[10] >= 0.5).length;
  const areas = placeAreas(choice).length > 0;
  const placed = chosen.some((row) => row[3] >= 0);
  return {
    finding: named.length
      ? full +
        " of " +
        named.length +
        " providers of " +
        inSentence(labelOf("settings", setting)) +
        " are full in at least half of the futures in September " +
        choice.september +
        "."
      : "No provider of " + inSentence(labelOf("settings", setting)) + " is listed by name.",
    note: (areas ? "Providers of the whole area. " : "") + "Scenario: " + scenarioTitle(scenario) + ".",
    plot: null,
    table: () => ({
      caption: "Providers in September " + choice.september + ", " + scenarioTitle(scenario),
      columns: [
        { label: "Provider" },
        { label: "Kind" },
        ...(placed ? [{ label: "Area" }] : []),
        { label: "Room for", format: pupils },
        { label: "Pupils, middle (P50)", format: pupils },
        { label: "P10", format: pupils },
        { label: "P90", format: pupils },
        { label: "Futures in which it is full", format: share },
      ],
      rows: chosen.map((row) => [
        row[1],
        KINDS[row[4]] || row[4],
        ...(placed ? [row[3] >= 0 ? labelOf("areas", row[3]) : ""] : []),
        row[6],
        row[8],
        row[7],
        row[9],
        row[10],
      ]),
    }),
  };
}

function placeAreas(choice) {
  const measure = indexOfCode("measures", "places_needed");
  return rowsOf("areas")
    .map((entry, index) => index)
    .filter((index) => existsAnywhere(measure, { setting: Number(choice.placesSetting), area: index }));
}

function placesSection() {
  const settings = placeSettings();
  if (!settings.length) return null;
  const years = [...new Set(rowsOf("providers").map((row) => row[5]))].sort();
  const september = years.includes(headlineYear) ? headlineYear : years[years.length - 1];
  const start = settings.includes(indexOfCode("settings", "state_special"))
    ? indexOfCode("settings", "state_special")
    : settings[0];
  const section = new Section(
    "places",
    "Places",
    { placesSetting: String(start), placesArea: String(ALL), september: String(september) },
    (choice) => {
      if (choice.placesArea === String(ALL) || placeAreas(choice).includes(Number(choice.placesArea))) return "";
      choice.placesArea = String(ALL);
      return "Area set back to all: there are no figures for that combination.";
    },
  );
  const selects = [
    {
      key: "placesSetting",
      label: "Setting",
      options: () => settings.map((index) => ({ value: String(index), label: labelOf("settings", index) })),
    },
  ];
  if (settings.some((index) => placeAreas({ placesSetting: index }).length)) {
    selects.push({
      key: "placesArea",
      label: "Area",
      options: (choice) => [
        { value: String(ALL), label: "All areas" },
        ...placeAreas(choice).map((index) => ({ value: String(index), label: labelOf("areas", index) })),
      ],
    });
  }
  const uses = ["placesSetting", "placesArea"];
  section.controls(selects);
  section.figure({ id: "places-fan", name: "Places needed and places there are", uses, build: buildPlaces });
  section.figure({ id: "places-chance", name: "Chance that places are short", uses, build: buildChance });
  if (years.length) {
    const options = () => years.map((year) => ({ value: String(year), label: "September " + year }));
    section.figure({
      id: "places-providers",
      name: "Providers",
      tableOnly: true,
      uses: ["placesSetting", "september"],
      build: buildProviders,
      controls: [{ key: "september", label: "When", options }],
    });
  }
  return section;
}

const SERVICE_CHARTS = [
  {
    id: "hours",
    name: "Hours of the service",
    fan: "hours_demanded",
    title: "Hours a year",
    lines: ["hours_there_are"],
    say: (value, there, year) => value + " hours needed in " + year + (there ? " against " + there + " there are" : ""),
  },
  {
    id: "staff",
    name: "Staff of the service",
    fan: "fte_needed",
    title: "Full-time equivalents (FTE)",
    lines: ["fte_in_post", "fte_gap", "fte_to_meet_standard"],
    say: (value, there, year) => value + " FTE needed in " + year + (there ? " against " + there + " in post" : ""),
  },
  {
    id: "list",
    name: "Waiting list",
    fan: "waiting_list",
    title: "Children waiting at the end of the year",
    lines: [],
    say: (value, there, year) => value + " children wait at the end of " + year,
  },
  {
    id: "wait",
    name: "Wait",
    fan: "wait_mean_weeks",
    title: "Weeks waited, mean of those seen",
    lines: ["wait_92_percent_weeks"],
    say: (value, there, year) => value + " weeks' mean wait in " + year,
  },
];

function serviceLines(chart, service, scenario) {
  return chart.lines
    .map((code, position) => ({ code, series: serviceOf(scenario, service, code), style: STYLES[position + 1] }))
    .filter((line) => hasInterval(line.series))
    .map((line) => ({
      ...line,
      label: inSentence(labelOf("service_figures", indexOfCode("service_figures", line.code))) + ", middle",
      years: line.series.years,
      values: line.series.p50,
    }));
}

function buildService(chart) {
  return (choice, scenario) => {
    const service = Number(choice.service);
    const series = serviceOf(scenario, service, chart.fan);
    if (!hasInterval(series)) return null;
    const lines = serviceLines(chart, service, scenario);
    const format = formatFor(unitOf("service_figures", indexOfCode("service_figures", chart.fan)), [
      ...series.p90,
      ...lines.flatMap((line) => line.values),
    ]);
    const year = Math.min(headlineYear, series.years[series.years.length - 1]);
    const there = lines[0] ? format.text(lines[0].values[lines[0].years.indexOf(year)]) : "";
    const name = labelOf("service_figures", indexOfCode("service_figures", chart.fan));
    return {
      finding:
        labelOf("services", service) +
        ": " +
        chart.say(format.text(valueAt(series, year, "p50")), there, year) +
        "; 8 in 10 futures between " +
        format.text(valueAt(series, year, "p10")) +
        " and " +
        format.text(valueAt(series, year, "p90")) +
        ".",
      note: "Scenario: " + scenarioTitle(scenario) + ".",
      key: [{ ...FAN_KEY[0], label: inSentence(name) + ", middle future" }, ...FAN_KEY.slice(1), ...lines.map(lineKey)],
      plot: fanPlot({ series, lines, format, title: chart.title }),
      table: () =>
        withLines(
          fanTable(
            name + ", " + labelOf("services", service) + ", " + scenarioTitle(scenario),
            "Year",
            series,
            format,
            String,
          ),
          series,
          lines,
          format,
        ),
    };
  };
}

function servicesSection() {
  const hours = indexOfCode("service_figures", "hours_demanded");
  const shown = rowsOf("services")
    .map((entry, index) => index)
    .filter((index) => rowsOf("service").some((row) => row[1] === index && (hours === undefined || row[2] === hours)));
  if (!shown.length) return null;
  const options = () => shown.map((index) => ({ value: String(index), label: labelOf("services", index) }));
  const section = new Section("services", "Services", { service: String(shown[0]) });
  section.controls([{ key: "service", label: "Service", options }]);
  for (const chart of SERVICE_CHARTS)
    section.figure({ id: "services-" + chart.id, name: chart.name, uses: ["service"], build: buildService(chart) });
  return section;
}
