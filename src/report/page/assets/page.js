// The page: header, navigation, choice of scenario, and the sections in their order.

const SECTIONS = [
  plansSection,
  driversSection,
  movesSection,
  placesSection,
  servicesSection,
  moneySection,
  compareSection,
  assumptionsSection,
  notesSection,
  originSection,
];

const HOW_TO_READ =
  "Nobody knows the future, so the program simulates many of them. A chart shows them as a fan: the line is the middle, " +
  "the dark band holds 5 in 10 of the simulated futures, the light band 8 in 10; 1 in 10 lies above it and 1 in 10 below. " +
  "Point at a mark for its figures, or open the table below a chart.";

// What an imported area has depends on what its files told.
function subjects() {
  const told = [
    ["places", indexOfCode("measures", "places_needed") !== undefined],
    ["hours", rowsOf("service").length > 0],
    ["money", rowsOf("money").length > 0],
  ].filter(([, has]) => has);
  return told.length ? ", and of the " + listOf(told.map(([name]) => name)) + " they take" : "";
}

function fillHeader() {
  const header = document.getElementById("top");
  const years = "January " + baseYear + " to January " + lastYear;
  const futures = isNumber(run.replicates)
    ? ", " + whole.format(run.replicates) + " simulated futures of each scenario"
    : "";
  header.append(
    element("h1", { text: (run.area_name || run.area) + ": what children with special educational needs will need" }),
    element("p", {
      class: "lead",
      text: "Forecast of education, health and care (EHC) plans" + subjects() + ", " + years + futures + ".",
    }),
  );
  if (isNumber(run.threshold)) {
    header.append(
      element("p", {
        class: "warning",
        text:
          "This copy leaves out counts below " +
          run.threshold +
          ": they read “not shown” in tables and are gaps in charts.",
      }),
    );
  }
  const sentences = rowsOf("headlines");
  if (sentences.length)
    header.append(element("ul", { class: "headlines" }, ...sentences.map((text) => element("li", { text }))));
  header.append(
    element("p", { class: "reading" }, element("strong", { text: "How to read it. " }), HOW_TO_READ),
    element("p", { class: "run", text: "Run " + run.id }),
  );
}

function fillNavigation(sections) {
  const items = sections.map((section) =>
    element("li", {}, element("a", { href: "#" + section.id, text: section.title })),
  );
  document.getElementById("sections").append(element("ol", {}, ...items));
}

function chooseScenario(index) {
  state.scenario = index;
  const affected = figures.filter((figure) => !figure.spec.fixed);
  update(affected);
  const visible =
    affected.find((figure) => figure.model && figure.onScreen()) || affected.find((figure) => figure.model);
  announce("Scenario: " + scenarioTitle(index) + ". " + (visible ? visible.heading.textContent : ""));
}

const KIND_NAMES = {
  option: "Options",
  do_minimum: "Doing the minimum",
  outlook: "Outlooks: not for the council to choose",
};

function scenarioOptions() {
  const option = (index) => element("option", { value: index, text: scenarioTitle(index) });
  const groups = new Map();
  scenarios.forEach((scenario, index) => {
    if (index === 0) return;
    const name = KIND_NAMES[scenario.kind] || "Other";
    if (!groups.has(name)) groups.set(name, element("optgroup", { label: name }));
    groups.get(name).append(option(index));
  });
  return [option(0), ...groups.values()];
}

function fillBar() {
  const bar = document.getElementById("bar");
  if (scenarios.length < 2) {
    bar.remove();
    return;
  }
  const select = element("select", { id: "scenario" }, ...scenarioOptions());
  // Some browsers keep a form's values over a reload, but not the charts.
  select.value = "0";
  select.addEventListener("change", () => chooseScenario(Number(select.value)));
  bar.append(
    element("label", {}, element("span", { text: "Scenario" }), select),
    element("a", { href: "#top", text: "To the top" }),
  );
}

function start() {
  fillHeader();
  fillBar();
  const sections = SECTIONS.map((make) => make()).filter(Boolean);
  figures.forEach((figure) => figure.prepare());
  fillNavigation(sections);
  document.getElementById("main").append(...sections.map((section) => section.element));
  document.getElementById("foot").append(
    element("p", {
      text:
        "needscast " +
        (run.version || "") +
        ", run " +
        run.id +
        ". Figures are simulated, not promised; flagged assumptions need local values.",
    }),
  );
  watchFigures();
  watchPrint();
}

// The library is packed to a third of its size. It is unpacked after words, selects and tables are there.
async function loadLibrary() {
  const packed = document.getElementById("library");
  const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  document.head.append(element("script", { text: await new Response(unpacked).text() }));
  packed.remove();
  figures.filter((figure) => figure.near).forEach(drawLater);
}

function withoutLibrary() {
  const note = "This browser is too old to draw the charts. The tables below them have the same figures.";
  document.getElementById("main").prepend(element("p", { class: "note", role: "status", text: note }));
}

start();
// A task of its own, so that the words are on the screen before it begins.
setTimeout(() => loadLibrary().catch(withoutLibrary), 0);
