// A figure: finding, selects, chart, table and download. Sections hold the choices their figures share.
// Texts follow every change at once; charts are drawn only when they come into view.

const state = { scenario: 0 };
const figures = [];
const CHART_OPTIONS = {
  displayModeBar: false,
  responsive: false,
  scrollZoom: false,
  doubleClick: false,
  showTips: false,
};

class Section {
  constructor(id, title, choice, adjust) {
    Object.assign(this, { id, title, choice, adjust, figures: [], selects: [] });
    this.element = element(
      "section",
      { id, "aria-labelledby": id + "-title" },
      element("h2", { id: id + "-title", text: title }),
    );
  }

  add(...nodes) {
    this.element.append(...nodes);
    return this;
  }

  figure(spec) {
    const figure = new Figure(spec, this);
    this.figures.push(figure);
    figures.push(figure);
    return this.add(figure.element);
  }

  controls(specs) {
    return this.add(controlRow(this, specs));
  }

  // The select that was changed wins; others give way where the combination does not exist.
  change(key, value) {
    this.choice[key] = value;
    const said = this.adjust ? this.adjust(this.choice, key) : "";
    const affected = this.figures.filter((figure) => figure.spec.uses.includes(key) || said);
    this.refill();
    update(affected);
    const first = affected.find((figure) => !figure.element.hidden);
    announce([said, first ? first.heading.textContent : ""].filter(Boolean).join(" "));
  }

  refill() {
    for (const { spec, select } of this.selects) fillOptions(select, spec.options(this.choice), this.choice[spec.key]);
  }
}

function controlRow(section, specs) {
  const row = element("div", { class: "controls" });
  for (const spec of specs) {
    const select = element("select", { id: "choose-" + section.id + "-" + spec.key });
    select.addEventListener("change", () => section.change(spec.key, select.value));
    section.selects.push({ spec, select });
    row.append(element("label", {}, element("span", { text: spec.label }), select));
  }
  section.refill();
  return row;
}

class Figure {
  constructor(spec, section) {
    Object.assign(this, { spec, section, stale: true, staleTable: true, near: false });
    this.heading = element("h3", { id: spec.id + "-title" });
    this.note = element("p", { class: "note" });
    this.keys = element("ul", { class: "key", "aria-label": "Key of the chart" });
    this.chart = element("div", { class: "chart", role: "img", id: spec.id + "-chart" });
    this.table = element("div", { class: "table" });
    this.details = element(
      "details",
      { open: spec.tableOnly },
      element("summary", {}, "Show the table", hiddenText(": " + spec.name)),
      this.table,
    );
    this.details.addEventListener("toggle", () => this.fillTable());
    this.element = this.assemble(section, spec);
    this.element.figure = this;
  }

  assemble(section, spec) {
    const holder = spec.wide ? scrollBox(spec.name + ", chart", this.chart) : this.chart;
    const foot = element(
      "div",
      { class: "foot" },
      this.details,
      downloadButton(spec.name, () => this.model.table()),
    );
    return element(
      "div",
      { class: "figure", id: spec.id, role: "group", "aria-labelledby": spec.id + "-title" },
      this.heading,
      this.note,
      spec.controls ? controlRow(section, spec.controls) : null,
      spec.extra || null,
      this.keys,
      spec.tableOnly ? null : holder,
      foot,
    );
  }

  // Words and table change together with the choice, whether or not the chart is on the screen.
  prepare() {
    this.model = this.spec.build(this.section.choice, state.scenario);
    this.element.hidden = !this.model;
    this.stale = true;
    this.staleTable = true;
    if (!this.model) return;
    this.heading.textContent = this.model.finding;
    this.note.textContent = this.model.note || "";
    this.note.hidden = !this.model.note;
    this.chart.setAttribute("aria-label", this.model.finding + " The table below has the figures.");
    this.keys.replaceChildren(...(this.model.key || []).map(keyItem));
    this.keys.hidden = !this.model.key;
  }

  fillTable() {
    if (!this.details.open || !this.model || !this.staleTable) return;
    this.staleTable = false;
    this.table.replaceChildren(scrollBox(this.spec.name + ", table", buildTable(this.model.table())));
  }

  show() {
    this.fillTable();
    if (this.stale && this.near) this.draw();
  }

  draw(width = this.width()) {
    if (!this.model || this.spec.tableOnly || !window.Plotly || !(width > 0)) return;
    const plot = this.model.plot(width);
    Plotly.react(this.chart, plot.data, plot.layout, CHART_OPTIONS);
    this.chart.style.minHeight = plot.layout.height + "px";
    this.chart.dataset.drawn = String(Number(this.chart.dataset.drawn || 0) + 1);
    this.stale = false;
    this.drawnWidth = width;
  }

  // Of the box that scrolls where there is one: the drawing itself may be wider.
  width() {
    return Math.floor(this.spec.wide ? this.chart.parentElement.clientWidth : this.chart.clientWidth);
  }

  onScreen() {
    const box = this.element.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }
}

const waiting = [];

// What is off the screen follows one figure at a time, so that the next key press never waits for all:
// charts once they are near, open tables always, for a screen reader may read them wherever they are.
function drawLater(figure) {
  if (!waiting.includes(figure)) waiting.push(figure);
  if (waiting.length === 1) setTimeout(drawNext, 0);
}

function drawNext() {
  const figure = waiting.shift();
  if (figure) figure.show();
  if (waiting.length) setTimeout(drawNext, 0);
}

function update(affected) {
  affected.forEach((figure) => figure.prepare());
  const [first, later] = [[], []];
  for (const figure of affected) if (figure.model) (figure.near && figure.onScreen() ? first : later).push(figure);
  first.forEach((figure) => figure.show());
  later.forEach(drawLater);
}

function seen(entries) {
  for (const entry of entries) {
    const { figure } = entry.target;
    figure.near = entry.isIntersecting;
    if (figure.near && figure.stale) drawLater(figure);
  }
}

function resized() {
  for (const figure of figures) {
    if (!figure.drawnWidth || figure.width() === figure.drawnWidth) continue;
    figure.stale = true;
    if (figure.near) drawLater(figure);
  }
}

function watchFigures() {
  const observer = new IntersectionObserver(seen, { rootMargin: "400px 0px" });
  for (const figure of figures) observer.observe(figure.element);
  let timer = 0;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(resized, 120);
  });
}

// Paper has one width and no scrolling: every chart is drawn for it, also those never looked at.
function preparePrint() {
  for (const figure of figures) if (figure.model) figure.draw(PRINT_WIDTH);
}

const PRINT_WIDTH = 660;

function watchPrint() {
  window.addEventListener("beforeprint", preparePrint);
  window.addEventListener("afterprint", () => {
    figures.forEach((figure) => {
      figure.stale = true;
    });
    resized();
  });
}
