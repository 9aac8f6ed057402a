// Accessibility rules by axe, and reflow: nothing but tables and wide charts may scroll sideways.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { showAll } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

export async function checkAccess(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags } }),
    TAGS,
  );
  const grave = found.violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
  if (grave.length) {
    throw new Error(
      grave
        .map(
          (violation) =>
            violation.id +
            " (" +
            violation.nodes.length +
            "): " +
            violation.nodes[0].target.join(" ") +
            " " +
            (violation.nodes[0].failureSummary || "").replace(/\s+/g, " "),
        )
        .join(" | "),
    );
  }
  const mild = found.violations.map((violation) => violation.id);
  return found.passes.length + " rules passed" + (mild.length ? ", mild: " + mild.join(", ") : "");
}

export async function checkWidth(page) {
  const state = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("body *")]
      .filter(
        (node) =>
          !node.closest(".scroll > *, svg, .hidden-text, .skip") && node.getBoundingClientRect().right > room + 1,
      )
      .map((node) => node.tagName + "#" + node.id + "." + node.className);
    return { page: document.documentElement.scrollWidth, room, wide };
  });
  if (state.page > state.room || state.wide.length)
    throw new Error(
      "page " + state.page + " px in " + state.room + " px; too wide: " + state.wide.slice(0, 5).join(", "),
    );
  return state.room + " px";
}

// Every select moves on by one and every table opens, as after some minutes of use.
export async function openEverything(page) {
  await page.evaluate(() => {
    for (const select of document.querySelectorAll("select")) {
      const open = [...select.options].filter((option) => !option.disabled);
      const next = open[open.indexOf(select.selectedOptions[0]) + 1];
      if (!next || select.id === "assumptions-flag") continue;
      select.value = next.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await showAll(page);
  await page.waitForTimeout(300);
}
