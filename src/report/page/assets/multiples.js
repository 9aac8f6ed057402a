// Small multiples: many fans in one drawing. One axis pair in pixels instead of one per panel keeps
// a change of scenario fast; the chart library takes several times as long for thirteen pairs of axes.

const PANEL = { height: 180, top: 42, bottom: 22, left: 10, right: 14 };

function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) * power;
}

function panelPlace(position, columns, width) {
  const cell = width / columns;
  const left = (position % columns) * cell + PANEL.left;
  const top = Math.floor(position / columns) * PANEL.height;
  return {
    left,
    right: left + cell - PANEL.left - PANEL.right,
    top,
    floor: top + PANEL.height - PANEL.bottom,
    ceiling: top + PANEL.top,
  };
}

function panelScale(place, series) {
  const most = niceTop(largest([...series.p90, ...series.p50]));
  const first = series.years[0];
  const span = Math.max(1, series.years.length - 1);
  return {
    most,
    x: (year) => place.left + ((year - first) / span) * (place.right - place.left),
    y: (value) => (isNumber(value) ? place.floor - (value / most) * (place.floor - place.ceiling) : null),
  };
}

function addBand(target, series, scale, low, high) {
  const outline = bandOutline(series.years.map(scale.x), series[low].map(scale.y), series[high].map(scale.y));
  target.x.push(...outline.x);
  target.y.push(...outline.y);
}

function addLabels(labels, panel, place, scale, format, columns, width) {
  const { series } = panel;
  const put = (x, y, text, position, size) => {
    labels.x.push(x);
    labels.y.push(y);
    labels.text.push(text);
    labels.textposition.push(position);
    labels.textfont.size.push(size);
  };
  const most = format.text(scale.most);
  const room = Math.floor((width / columns - 24) / 7.3) - most.length - 1;
  put(place.left, place.ceiling - 2, wrapped(panel.label, room, 2), "top right", 13);
  put(place.right, place.ceiling - 1, most, "top left", 11);
  put(place.left, place.floor + 2, String(series.years[0]), "bottom right", 11);
  put(place.right, place.floor + 2, String(series.years[series.years.length - 1]), "bottom left", 11);
}

function emptyTraces() {
  const quiet = { type: "scatter", mode: "lines", hoverinfo: "skip" };
  const labels = {
    type: "scatter",
    mode: "text",
    x: [],
    y: [],
    text: [],
    textposition: [],
    textfont: { size: [], color: COLOURS.ink },
    hoverinfo: "skip",
    cliponaxis: false,
  };
  const grid = { ...quiet, x: [], y: [], line: { color: COLOURS.axis, width: 1 } };
  return { labels, grid, wide: { x: [], y: [] }, narrow: { x: [], y: [] }, middle: { x: [], y: [], text: [] } };
}

function addPanel(traces, panel, place, format, label, columns, width) {
  const { series } = panel;
  const scale = panelScale(place, series);
  addBand(traces.wide, series, scale, "p10", "p90");
  addBand(traces.narrow, series, scale, "p25", "p75");
  traces.middle.x.push(...series.years.map(scale.x), null);
  traces.middle.y.push(...series.p50.map(scale.y), null);
  traces.middle.text.push(
    ...series.years.map((year, at) => plain(panel.label) + "<br>" + fanText(series, at, format, label)),
    "",
  );
  for (const y of [place.floor, place.ceiling]) {
    traces.grid.x.push(place.left, place.right, null);
    traces.grid.y.push(y, y, null);
  }
  addLabels(traces.labels, panel, place, scale, format, columns, width);
}

function multiplesPlot({ panels, format, moment: label }) {
  return (width) => {
    const columns = width < 520 ? 2 : width < 820 ? 3 : 4;
    const traces = emptyTraces();
    panels.forEach((panel, position) =>
      addPanel(traces, panel, panelPlace(position, columns, width), format, label, columns, width),
    );
    const middle = { ...lineTrace(traces.middle.x, traces.middle.y, { ...STYLES[0], size: 4 }, traces.middle.text) };
    const height = Math.ceil(panels.length / columns) * PANEL.height + 4;
    const axis = { visible: false, fixedrange: true };
    const layout = baseLayout(width, height, {
      margin: { l: 0, r: 0, t: 0, b: 0 },
      xaxis: { ...axis, range: [0, width] },
      yaxis: { ...axis, range: [height, 0] },
    });
    const data = [
      traces.grid,
      bandTrace(traces.wide, COLOURS.light),
      bandTrace(traces.narrow, COLOURS.dark),
      middle,
      traces.labels,
    ];
    return { data, layout };
  };
}
