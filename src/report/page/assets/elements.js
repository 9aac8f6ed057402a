// Building blocks of the page. Every text goes through textContent: names in the data may be hostile.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const hiddenText = (text) => element("span", { class: "hidden-text", text });

function announce(text) {
  document.getElementById("status").textContent = text;
}

const columnText = (column, value) => {
  if (typeof value === "string") return value;
  if (column.format) return column.format.text(value);
  return isNumber(value) ? whole.format(value) : missingText();
};

function tableCell(column, value, isHead) {
  const cell = element(isHead ? "th" : "td", isHead ? { scope: "row" } : {});
  cell.textContent = columnText(column, value);
  if (isNumber(value)) cell.dataset.value = String(value);
  if (isNumber(value) || column.format) cell.className = "number";
  return cell;
}

function tableRow(columns, values) {
  return element("tr", {}, ...values.map((value, position) => tableCell(columns[position], value, position === 0)));
}

function tableHead(columns) {
  const cells = columns.map((column) =>
    element("th", { scope: "col", class: column.format ? "number" : null, text: column.label }),
  );
  return element("thead", {}, element("tr", {}, ...cells));
}

function buildTable(table) {
  const body = element("tbody", {}, ...table.rows.map((row) => tableRow(table.columns, row)));
  return element("table", {}, element("caption", { text: table.caption }), tableHead(table.columns), body);
}

// A wide table scrolls in its own box, which keyboard users have to be able to reach.
function scrollBox(label, child) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, child);
}

// Spreadsheets run text that starts like a formula; numbers below zero must stay numbers.
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (isNumber(value)) return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value);
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function csvText(table) {
  const lines = [table.columns.map((column) => csvCell(column.label)), ...table.rows.map((row) => row.map(csvCell))];
  return "\uFEFF" + lines.map((cells) => cells.join(",") + "\r\n").join("");
}

const fileName = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);

function downloadTable(name, table) {
  const address = URL.createObjectURL(new Blob([csvText(table)], { type: "text/csv;charset=utf-8" }));
  const link = element("a", { href: address, download: fileName(name) + ".csv" });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the file after the click; freeing it at once would leave an empty download.
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function downloadButton(name, tableNow) {
  const save = () => {
    downloadTable([run.area, name, run.id].join(" "), tableNow());
    announce("Saved as a CSV file: " + name + ".");
  };
  return element(
    "button",
    { type: "button", class: "download", onclick: save },
    "Download as CSV",
    hiddenText(": " + name),
  );
}

function fillOptions(select, options, chosen) {
  const signature = JSON.stringify(options);
  // Rebuilding an open list on each change would be slow and lose the reader's place in it.
  if (select.signature !== signature) {
    select.replaceChildren(
      ...options.map((option) =>
        element("option", { value: option.value, disabled: option.disabled, text: option.label }),
      ),
    );
    select.signature = signature;
  }
  select.value = String(chosen);
}

const SHAPES = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const node = document.createElementNS(SHAPES, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

const DASHES = { solid: "", dash: "7 4", dot: "2 3", dashdot: "8 3 2 3", longdash: "11 4" };

function markPath(symbol) {
  if (symbol === "square") return "M11,3h8v8h-8z";
  if (symbol === "diamond") return "M15,1.5l5.5,5.5l-5.5,5.5l-5.5,-5.5z";
  if (symbol === "triangle-up") return "M15,2l5,9h-10z";
  if (symbol === "x")
    return "M11,4.500l1.500,-1.500l2.500,2.500l2.500,-2.500l1.500,1.500l-2.500,2.500l2.500,2.500l-1.500,1.500l-2.500,-2.500l-2.500,2.500l-1.500,-1.500l2.500,-2.500z";
  return "M15,3a4,4 0 1,0 0.01,0z";
}

const PATTERN_PATHS = {
  "/": "M3,12l8,-10M11,12l8,-10M19,12l8,-10",
  "\\": "M3,2l8,10M11,2l8,10M19,2l8,10",
  "-": "M2,5h26M2,9h26",
  x: "M3,12l8,-10M11,12l8,-10M19,12l8,-10M3,2l8,10M11,2l8,10M19,2l8,10",
  ".": "M5,5h2M11,5h2M17,5h2M23,5h2M8,9h2M14,9h2M20,9h2",
};

function swatch(item) {
  const picture = shape("svg", {
    width: 30,
    height: 14,
    viewBox: "0 0 30 14",
    "aria-hidden": "true",
    focusable: "false",
  });
  if (item.fill)
    picture.append(
      shape("rect", { x: 1, y: 1, width: 28, height: 12, fill: item.fill, stroke: item.edge || item.fill }),
    );
  if (item.pattern)
    picture.append(
      shape("path", { d: PATTERN_PATHS[item.pattern], stroke: "#fff", "stroke-width": 1.4, fill: "none" }),
    );
  if (item.line)
    picture.append(
      shape("path", {
        d: "M0,7h30",
        stroke: item.line,
        "stroke-width": 2.2,
        "stroke-dasharray": DASHES[item.dash || "solid"],
      }),
    );
  if (item.symbol)
    picture.append(
      shape("path", {
        d: markPath(item.symbol),
        fill: item.hollow ? "#fff" : item.line || item.mark,
        stroke: item.line || item.mark,
        "stroke-width": 1.5,
      }),
    );
  return picture;
}

const keyItem = (item) => element("li", {}, swatch(item), " " + item.label);
