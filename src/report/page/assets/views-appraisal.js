// What options save and cost against doing nothing.

function appraisalRow(scenario, kind, measure, year) {
  return rowsOf("appraisal").find(
    (row) => row[0] === scenario && row[2] === measure && row[3] === kind && (!year || row[4] === year),
  );
}

const APPRAISAL_COLUMNS = [
  ["saves", "Saves in share of futures"],
  ["paid_back_by", "Paid back by the last year"],
  ["cheapest_option", "Cheapest in share of futures"],
  ["switching_value", "Pays down to this share of its effect"],
];

const NO_COST = "no cost given";
// A mean saving below this reads as nothing.
const TOLD_SAVING = 50000;
const NOTHING = Array(10).fill(0);

// An option that changes sums without a price of its own: what brings it about is not in them.
function isUnpriced(index, total) {
  const changes = [6, 7, 9].some((at) => total[at] !== 0);
  return total[1] !== "outlook" && changes && !appraisalRow(index, "all", "own_cost");
}

// The scenarios, best on average first. Where a payer has no row, a scenario costs and saves it nothing.
function appraisalRows(choice) {
  return scenarios
    .map((scenario, index) => ({
      index,
      label: scenarioTitle(index),
      total: appraisalRow(index, "all", "net_present_value"),
    }))
    .filter(({ total }) => total && (choice.appraised === "all" || total[1] !== "outlook"))
    .map((row) => {
      const [mean, p10, p50, p90] = (appraisalRow(row.index, choice.saver, "net_present_value") || NOTHING).slice(6);
      const tag = isUnpriced(row.index, row.total) ? NO_COST : "";
      return { ...row, outlook: row.total[1] === "outlook", tag, mean, p10, p50, p90 };
    })
    .sort((one, other) => other.mean - one.mean || other.p50 - one.p50);
}

function appraisalFinding(rows, choice, format) {
  const options = rows.filter((row) => !row.outlook);
  const all = choice.saver === "all";
  const payer = all ? "" : " for " + inSentence(partnerName(choice.saver));
  const saving = (options.length ? options : rows).filter(
    (row) => row.mean >= (all ? TOLD_SAVING : 0) && format.changes(row.mean),
  );
  if (!saving.length) return "No " + (options.length ? "option" : "scenario") + " saves on average" + payer + ".";
  const best = saving.find((row) => !row.tag);
  if (!best) return "No option with a cost of its own saves on average" + payer + ".";
  return (
    (options.some((row) => row.tag) ? "Of the options with a cost of their own, " : "") +
    scenarioName(best.index) +
    " saves most on average" +
    payer +
    ": net present value " +
    format.text(best.p50) +
    " in the middle future, 8 in 10 futures between " +
    format.text(best.p10) +
    " and " +
    format.text(best.p90) +
    "."
  );
}

function appraisalNote(rows, choice) {
  const free = rows.filter((row) => row.tag).map((row) => scenarioName(row.index));
  // To know the future is worth so much to all payers together.
  const known =
    choice.saver === "all" ? rowsOf("appraisal").find((row) => row[2] === "value_of_knowing_the_future") : null;
  return [
    "Against doing nothing, discounted; more than 0 is a saving; best on average first.",
    free.length
      ? "No cost of its own is given for " + listOf(free) + ": what it takes to bring that about is not in the sums."
      : "",
    known && known[6] > 0
      ? "To know the future before choosing would be worth " + formatFor("pounds", [known[6]]).text(known[6]) + "."
      : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function appraisalTable(rows, format) {
  const paidBack = rowsOf("appraisal").filter((row) => row[2] === "paid_back_by");
  const last = [...new Set(paidBack.map((row) => row[4]))].sort().pop();
  const share = formatFor("share", [1]);
  const extra = (row) =>
    APPRAISAL_COLUMNS.map(([measure]) => {
      const found = appraisalRow(row.index, "all", measure, measure === "paid_back_by" ? last : null);
      return found ? found[6] : null;
    });
  const blank = (each) => ({ text: (value) => (isNumber(value) ? each.text(value) : "not given") });
  return {
    caption: "Appraisal of the scenarios" + (last ? " to " + last : ""),
    columns: [
      { label: "Scenario" },
      ...["Net present value, mean", "P10", "Middle (P50)", "P90"].map((label) => ({ label, format })),
      ...APPRAISAL_COLUMNS.map(([, label]) => ({ label: label + ", all payers", format: blank(share) })),
      { label: "Cost of its own, all payers", format: blank(formatFor("pounds", [1e7])) },
    ],
    rows: rows.map((row) => [
      row.label + (row.tag ? " (" + row.tag + ")" : ""),
      row.mean,
      row.p10,
      row.p50,
      row.p90,
      ...extra(row),
      (appraisalRow(row.index, "all", "own_cost") || [])[6] ?? null,
    ]),
  };
}

function buildAppraisal(choice) {
  const rows = appraisalRows(choice);
  if (!rows.length) return noFigures("Appraisal");
  const format = formatFor(
    "pounds",
    rows.flatMap((row) => [row.p10, row.p90]),
  );
  return {
    finding: appraisalFinding(rows, choice, format),
    note: appraisalNote(rows, choice),
    key: [
      { label: "middle future", mark: COLOURS.main, symbol: "circle" },
      { label: "8 in 10 futures", fill: COLOURS.edge },
    ],
    plot: intervalPlot({ rows, format, title: "Saving, " + format.title, change: true }),
    table: () => appraisalTable(rows, format),
  };
}

function addAppraisal(section) {
  const payers = [
    ...new Set(
      rowsOf("appraisal")
        .filter((row) => row[2] === "net_present_value")
        .map((row) => row[3]),
    ),
  ];
  if (!payers.length) return;
  section.choice.saver = payers.includes("all") ? "all" : payers[0];
  const options = () =>
    payers.map((payer) => ({ value: payer, label: payer === "all" ? "All payers" : partnerName(payer) }));
  const controls = [{ key: "saver", label: "Who saves", options }];
  // What nobody can choose is no saving, and often so large that it hides the options.
  section.choice.appraised = "options";
  const kinds = new Set(
    rowsOf("appraisal")
      .filter((row) => row[2] === "net_present_value")
      .map((row) => row[1]),
  );
  if (kinds.size === 1) section.choice.appraised = "all";
  else
    controls.push({
      key: "appraised",
      label: "Scenarios",
      options: () => [
        { value: "options", label: "What can be chosen" },
        { value: "all", label: "Outlooks, too" },
      ],
    });
  section.figure({
    id: "compare-appraisal",
    name: "Appraisal",
    uses: ["saver", "appraised"],
    fixed: true,
    build: buildAppraisal,
    controls,
  });
}
