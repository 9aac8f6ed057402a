// Sections on what the forecast rests on: assumptions, problems in the data, and its origin.

const ASSUMPTION_COLUMNS = ["Assumption", "Value", "Unit", "Low", "High", "Confidence", "Flag", "Source"];

function assumptionRow(values) {
  const cells = values.map((value, at) =>
    element(at === 0 ? "th" : "td", {
      scope: at === 0 ? "row" : null,
      class: at === 1 || at === 3 || at === 4 ? "number" : null,
      text: at === 0 ? codeWords(value) : (value ?? ""),
    }),
  );
  if (values[6]) cells[6].className = "flag";
  return element("tr", { class: values[6] ? "flagged" : null }, ...cells);
}

function assumptionMatches(values, text, flag) {
  if (flag === "flagged" && !values[6]) return false;
  if (flag === "plain" && values[6]) return false;
  return values.join(" ").toLowerCase().replaceAll("_", " ").includes(text);
}

const assumptionTable = (rows) => ({
  columns: ASSUMPTION_COLUMNS.map((label) => ({ label })),
  rows: rows.map((row) => row.map((value) => (value === null ? "" : csvNumber(value)))),
});

// Values come as text; numbers among them must reach a spreadsheet as numbers.
const csvNumber = (value) => (/^-?\d+(\.\d+)?$/.test(String(value)) ? Number(value) : String(value));

function assumptionsSection() {
  const all = rowsOf("assumptions");
  if (!all.length) return null;
  const section = new Section("assumptions", "Assumptions", {});
  const search = element("input", { type: "search", id: "assumptions-text", autocomplete: "off" });
  const flag = element("select", { id: "assumptions-flag" });
  fillOptions(
    flag,
    [
      { value: "all", label: "All" },
      { value: "flagged", label: "With a flag" },
      { value: "plain", label: "Without a flag" },
    ],
    "all",
  );
  const count = element("p", { class: "note", role: "status" });
  const body = element("tbody");
  const table = element(
    "table",
    { class: "assumptions" },
    element("caption", { text: "Assumptions of the model, services and money" }),
    tableHead(ASSUMPTION_COLUMNS.map((label) => ({ label }))),
    body,
  );
  const rows = all.map((values) => ({ values, row: null }));
  const chosen = () =>
    rows.filter(({ values }) =>
      assumptionMatches(values, search.value.trim().toLowerCase().replaceAll("_", " "), flag.value),
    );
  const fill = () => {
    const found = chosen();
    body.replaceChildren(...found.map((entry) => entry.row || (entry.row = assumptionRow(entry.values))));
    count.textContent =
      whole.format(found.length) +
      " of " +
      whole.format(all.length) +
      " assumptions shown; " +
      whole.format(found.filter(({ values }) => values[6]).length) +
      " of them have a flag.";
  };
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(fill, 120);
  });
  flag.addEventListener("change", fill);
  const flagged = all.filter((row) => row[6]).length;
  const details = element(
    "details",
    {},
    element("summary", { text: "Show the assumptions" }),
    count,
    scrollBox("Assumptions, table", table),
  );
  details.addEventListener("toggle", () => {
    if (details.open && !body.firstChild) fill();
  });
  [search, flag].forEach((control) =>
    control.addEventListener("input", () => {
      details.open = true;
    }),
  );
  return section.add(
    element(
      "p",
      {},
      whole.format(flagged) +
        " of " +
        whole.format(all.length) +
        " numbers that are not counted in the data have a flag, most often because they need a local value.",
    ),
    element(
      "div",
      { class: "controls" },
      element("label", {}, element("span", { text: "Containing the text" }), search),
      element("label", {}, element("span", { text: "Flag" }), flag),
    ),
    details,
    downloadButton("Assumptions", () => assumptionTable(chosen().map(({ values }) => values))),
  );
}

function notesSection() {
  const notes = Array.isArray(run.notes) ? run.notes : [];
  if (!notes.length) return null;
  return new Section("notes", "Data problems and notes", {}).add(
    element("ul", { class: "notes" }, ...notes.map((text) => element("li", { text }))),
  );
}

function originSection() {
  const facts = [
    ["Run", run.id],
    ["Area", run.area_name],
    ["Version of needscast", run.version],
    ["Years", baseYear + " to " + lastYear],
    ["Futures of each scenario", isNumber(run.replicates) ? whole.format(run.replicates) : null],
    ["Seed", run.seed],
    ["Command", run.command],
  ];
  const list = element(
    "dl",
    {},
    ...facts
      .filter(([, value]) => value !== null && value !== undefined)
      .flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: String(value) })]),
  );
  const section = new Section("origin", "Where this comes from", {}).add(list);
  const inputs = Array.isArray(run.inputs) ? run.inputs : [];
  if (!inputs.length) return section;
  const table = {
    caption: "Inputs and the SHA-256 hash of each",
    columns: [{ label: "File" }, { label: "SHA-256" }],
    rows: inputs,
  };
  return section.add(
    element(
      "details",
      {},
      element("summary", { text: "Show the " + inputs.length + " inputs" }),
      scrollBox("Inputs, table", buildTable(table)),
    ),
  );
}
