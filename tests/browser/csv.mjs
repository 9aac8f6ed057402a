// Reads CSV files, the forecast's own and those the page saves, without trusting the page's code.
import { readFileSync } from "node:fs";

export function parseCsv(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (letter === '"') quoted = false;
      else cell += letter;
    } else if (letter === '"') quoted = true;
    else if (letter === ",") {
      row.push(cell);
      cell = "";
    } else if (letter === "\n") {
      row.push(cell);
      rows.push(row);
      row = [];
      cell = "";
    } else if (letter !== "\r") cell += letter;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}

// The file has a hundred thousand rows; only the measures compared are kept.
export function readForecast(path, measures) {
  const figures = new Map();
  const lines = readFileSync(path, "utf8").split("\n");
  const names = parseCsv(lines[0])[0];
  const column = (name) => names.indexOf(name);
  const keys = ["scenario", "area", "year", "measure", "need", "setting", "age_group"].map(column);
  const shown = ["p10", "p50", "p90"].map((name) => [name, column(name)]);
  for (const line of lines.slice(1)) {
    if (!measures.some((measure) => line.includes("," + measure + ","))) continue;
    const cells = parseCsv(line)[0];
    figures.set(
      keys.map((at) => cells[at]).join("|"),
      Object.fromEntries(shown.map(([name, at]) => [name, cells[at]])),
    );
  }
  return figures;
}

// "£1.2m", "1,234" and "−5" as they stand in a table.
export const shownNumber = (text) =>
  Number(
    text
      .replaceAll(",", "")
      .replace("\u2212", "-")
      .replace("+", "")
      .replace(/[£m% ]/g, ""),
  );
