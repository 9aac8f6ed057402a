// Copies of a report with other data in it, which are gone after use.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReport } from "./browser.mjs";

const START = '<script type="application/json" id="data">';

function copyOf(report, change) {
  const page = readFileSync(report, "utf8");
  const from = page.indexOf(START) + START.length;
  const to = page.indexOf("</script>", from);
  if (from < START.length || to < 0) throw new Error("the report has no data element");
  const text = JSON.stringify(change(JSON.parse(page.slice(from, to))))
    .replaceAll("</", "<\\/")
    .replaceAll("<!--", "<\\u0021--");
  return page.slice(0, from) + text + page.slice(to);
}

export async function withCopy(browser, report, change, use, size) {
  const folder = mkdtempSync(join(tmpdir(), "report-"));
  try {
    const file = join(folder, "copy.html");
    writeFileSync(file, copyOf(report, change));
    const { page, context, seen } = await openReport(browser, file, size);
    await use(page, seen);
    await context.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
