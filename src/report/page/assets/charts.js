// Figures for the chart library: series in, traces and layout out. Nothing here knows about sections.

const COLOURS = {
  main: "#00558c",
  edge: "#4f86ad",
  light: "rgba(0,85,140,0.15)",
  dark: "rgba(0,85,140,0.34)",
  ink: "#1d2329",
  grid: "#dfe3e7",
  axis: "#6b747c",
};

// Told apart by dash, marker and pattern, too: colour alone is not enough for every reader or printer.
const STYLES = [
  { line: "#00558c", dash: "solid", symbol: "circle", pattern: "" },
  { line: "#b84300", dash: "dash", symbol: "square", pattern: "/" },
  { line: "#00735a", dash: "dashdot", symbol: "diamond", pattern: "." },
  { line: "#8a2f78", dash: "dot", symbol: "triangle-up", pattern: "x" },
  { line: "#5c5000", dash: "longdash", symbol: "x", pattern: "-" },
  { line: "#4a4f55", dash: "solid", symbol: "square", pattern: "\\" },
];

const FONT = { family: "system-ui, 'Segoe UI', Roboto, Arial, sans-serif", size: 13, color: COLOURS.ink };

// The chart library reads a little markup in labels; names from data must stay plain text.
const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function wordRows(text, length) {
  const rows = [""];
  for (const word of String(text).split(/\s+/)) {
    const last = rows[rows.length - 1];
    if (last && last.length + word.length + 1 > length) rows.push(word);
    else rows[rows.length - 1] = last ? last + " " + word : word;
  }
  return rows;
}

function wrapped(text, length, lines) {
  const rows = wordRows(text, length);
  const kept = rows.slice(0, lines).map((row) => (row.length > length + 6 ? row.slice(0, length + 5) + "…" : row));
  if (rows.length > lines) kept[lines - 1] += "…";
  return kept.map(plain).join("<br>");
}

// Names that differ only at their ends stay apart: what does not fit is left out in the middle.
function wrappedApart(text, length, lines) {
  const short = (row) => (row.length > length + 6 ? row.slice(0, length - 4) + "…" + row.slice(-8) : row);
  const rows = wordRows(text, length).map(short);
  if (rows.length <= lines) return rows;
  const [before, last] = rows.slice(-2);
  return [...rows.slice(0, lines - 2), "… " + before, last];
}

const axisTitle = (text, standoff = 6) => ({ text: plain(text), font: { size: 13 }, standoff });

function axisOf(extra) {
  return {
    fixedrange: true,
    gridcolor: COLOURS.grid,
    linecolor: COLOURS.axis,
    zeroline: false,
    automargin: false,
    ticks: "outside",
    tickcolor: COLOURS.axis,
    ticklen: 4,
    ...extra,
  };
}

function yearAxis(years, width, label = String) {
  const perLabel = label(years[0]).length > 4 ? 78 : 52;
  const step = Math.max(1, Math.ceil((years.length * perLabel) / Math.max(1, width - 90)));
  const shown = years.filter((year, position) => position % step === 0);
  return axisOf({
    tickvals: shown,
    ticktext: shown.map(label),
    showgrid: false,
    range: [years[0] - 0.35, years[years.length - 1] + 0.35],
  });
}

// Where all is 0, further ticks would be fractions of nothing.
const ONLY_ZERO = { tickvals: [0], ticktext: ["0"] };

function amountAxis(format, title, values) {
  const scaled = values.filter(isNumber).map((value) => value / format.divisor);
  const most = Math.max(...scaled, 0);
  const least = Math.min(...scaled, 0);
  const room = (most - least || 1) * 0.06;
  if (most === least) return axisOf({ title: axisTitle(title, 8), ...ONLY_ZERO, range: [0, 1] });
  return axisOf({
    title: axisTitle(title, 8),
    tickformat: format.tick,
    nticks: 8,
    range: [least < 0 ? least - room : 0, most > 0 ? most + room : room],
    zeroline: least < 0,
    zerolinecolor: COLOURS.ink,
  });
}

function baseLayout(width, height, extra) {
  return {
    width,
    height,
    font: FONT,
    paper_bgcolor: "#fff",
    plot_bgcolor: "#fff",
    showlegend: false,
    dragmode: false,
    hovermode: "closest",
    separators: ".,",
    margin: { l: width < 480 ? 62 : 74, r: 14, t: 10, b: 36 },
    hoverlabel: { bgcolor: "#fff", bordercolor: COLOURS.axis, font: { ...FONT, size: 13 }, align: "left" },
    ...extra,
  };
}

// Years without figures cut a band in parts, each its own closed outline.
function bandOutline(years, low, high) {
  const x = [];
  const y = [];
  let start = 0;
  const close = (end) => {
    if (end <= start) return;
    const part = Array.from({ length: end - start }, (none, offset) => start + offset);
    const back = [...part].reverse();
    x.push(...part.map((at) => years[at]), ...back.map((at) => years[at]), years[start], null);
    y.push(...part.map((at) => low[at]), ...back.map((at) => high[at]), low[start], null);
  };
  for (let at = 0; at <= years.length; at += 1) {
    if (at < years.length && isNumber(low[at]) && isNumber(high[at])) continue;
    close(at);
    start = at + 1;
  }
  return { x, y };
}

function bandTrace(outline, fill) {
  return {
    type: "scatter",
    mode: "lines",
    x: outline.x,
    y: outline.y,
    fill: "toself",
    fillcolor: fill,
    line: { color: COLOURS.edge, width: 1 },
    hoverinfo: "skip",
  };
}

function lineTrace(years, values, style, text) {
  return {
    type: "scatter",
    mode: "lines+markers",
    x: years,
    y: values,
    text,
    hovertemplate: "%{text}<extra></extra>",
    line: { color: style.line, width: 2.4, dash: style.dash },
    marker: {
      color: style.hollow ? "#fff" : style.line,
      size: style.size || 7,
      symbol: style.symbol,
      line: { color: style.line, width: 1.5 },
    },
  };
}

function fanText(series, at, format, label) {
  const middle = "<b>" + plain(label(series.years[at])) + "</b><br>Middle: " + format.text(series.p50[at]);
  return (
    middle +
    "<br>5 in 10 futures: " +
    format.text(series.p25[at]) +
    " to " +
    format.text(series.p75[at]) +
    "<br>8 in 10 futures: " +
    format.text(series.p10[at]) +
    " to " +
    format.text(series.p90[at])
  );
}

function fanTraces(series, format, label) {
  const scale = (values) => values.map(format.scaled);
  const text = series.years.map((year, at) => fanText(series, at, format, label));
  return [
    bandTrace(bandOutline(series.years, scale(series.p10), scale(series.p90)), COLOURS.light),
    bandTrace(bandOutline(series.years, scale(series.p25), scale(series.p75)), COLOURS.dark),
    lineTrace(series.years, scale(series.p50), STYLES[0], text),
  ];
}

function extraTraces(lines, format, label) {
  return lines.map((line) =>
    lineTrace(
      line.years,
      line.values.map(format.scaled),
      line.style,
      line.years.map(
        (year, at) => "<b>" + plain(label(year)) + "</b><br>" + plain(line.label) + ": " + format.text(line.values[at]),
      ),
    ),
  );
}

const FAN_KEY = [
  { label: "middle future", line: COLOURS.main, symbol: "circle" },
  { label: "5 in 10 futures", fill: "rgba(0,85,140,0.44)", edge: COLOURS.edge },
  { label: "8 in 10 futures", fill: COLOURS.light, edge: COLOURS.edge },
];

const lineKey = (line) => ({ label: line.label, ...line.style });

// A fan of futures, further lines in the same unit, or both.
function fanPlot({ series, lines = [], format, title, moment: label = String, tick = String }) {
  return (width) => {
    const years = [...new Set([...(series ? series.years : []), ...lines.flatMap((line) => line.years)])].sort();
    const values = [
      ...(series ? [...series.p10, ...series.p50, ...series.p90] : []),
      ...lines.flatMap((line) => line.values),
    ];
    const data = [...(series ? fanTraces(series, format, label) : []), ...extraTraces(lines, format, label)];
    const layout = baseLayout(width, width < 480 ? 300 : 380, {
      xaxis: yearAxis(years, width, tick),
      yaxis: amountAxis(format, title, values),
    });
    return { data, layout };
  };
}

function heatPlot({ x, y, values, format, title, xTitle, yTitle, text, cellText, minimum, rowHeight, side }) {
  return (available) => {
    const width = Math.max(available, minimum || 0);
    const margin = { l: side || 62, r: 74, t: minimum ? 160 : 10, b: minimum ? 10 : 48 };
    const data = [
      {
        type: "heatmap",
        x: x.map((label, at) => at),
        y: y.map((label, at) => at),
        z: values,
        hovertext: text,
        hoverongaps: false,
        hovertemplate: "%{text}<extra></extra>",
        colorscale: [
          [0, "#f4f8fb"],
          [0.15, "#cfe1ee"],
          [0.5, "#5f9bc4"],
          [1, "#003a63"],
        ],
        xgap: 1,
        ygap: 1,
        colorbar: {
          title: { ...axisTitle(title), side: "right" },
          thickness: 12,
          len: 1,
          tickformat: format.tick,
          outlinewidth: 0,
          xpad: 6,
        },
      },
    ];
    // Dark text in every cell needs a scale that stops at a middle blue.
    if (cellText)
      Object.assign(data[0], {
        text: cellText,
        texttemplate: "%{text}",
        textfont: { size: 12, color: COLOURS.ink },
        colorscale: [
          [0, "#f6f9fb"],
          [1, "#6ba5cc"],
        ],
      });
    const height = margin.t + margin.b + y.length * rowHeight;
    const xaxis = axisOf({
      tickvals: x.map((label, at) => at),
      ticktext: x,
      showgrid: false,
      side: minimum ? "top" : "bottom",
      tickangle: minimum ? -90 : 0,
      ticklabeloverflow: "allow",
      title: axisTitle(xTitle),
    });
    const yaxis = axisOf({
      tickvals: y.map((label, at) => at),
      ticktext: y,
      showgrid: false,
      autorange: minimum ? "reversed" : true,
      title: axisTitle(yTitle, 8),
    });
    const every = Math.ceil((x.length * 44) / Math.max(1, width - margin.l - margin.r));
    if (every > 1 && !minimum) xaxis.tickvals = xaxis.tickvals.filter((at) => at % every === 0);
    xaxis.ticktext = xaxis.tickvals.map((at) => x[at]);
    if (!minimum) {
      yaxis.tickvals = yaxis.tickvals.filter((at) => at % 5 === 0);
      yaxis.ticktext = yaxis.tickvals.map((at) => y[at]);
    }
    return { data, layout: baseLayout(width, height, { margin, xaxis, yaxis }) };
  };
}

// Bars above and below zero stay on their own side, so that gains and losses can both be read.
function stackPlot({ years, parts, format, title, tick = String }) {
  return (width) => {
    const data = parts.map((part) => ({
      type: "bar",
      x: years,
      y: part.values.map(format.scaled),
      hovertemplate: "%{text}<extra></extra>",
      textposition: "none",
      text: years.map(
        (year, at) => "<b>" + plain(tick(year)) + "</b><br>" + plain(part.label) + ": " + format.text(part.values[at]),
      ),
      marker: {
        color: part.style.line,
        line: { color: "#fff", width: 1.5 },
        pattern: { shape: part.style.pattern, fgcolor: "#fff", fillmode: "overlay", size: 7, solidity: 0.25 },
      },
    }));
    const sums = years.flatMap((year, at) => {
      const values = parts.map((part) => part.values[at] || 0);
      return [
        values.reduce((sum, value) => sum + Math.max(0, value), 0),
        values.reduce((sum, value) => sum + Math.min(0, value), 0),
      ];
    });
    const xaxis = { ...yearAxis(years, width, tick), range: [years[0] - 0.6, years[years.length - 1] + 0.6] };
    const layout = baseLayout(width, width < 480 ? 320 : 380, {
      barmode: "relative",
      bargap: 0.3,
      xaxis,
      yaxis: amountAxis(format, title, sums),
    });
    return { data, layout };
  };
}

const LABEL_WIDTH = 68;

// The name of a row, and below it what a reader must know of it.
function rowLabels(rows, narrow) {
  return rows.map((row) => [
    ...wrappedApart(row.label, narrow ? 17 : 36, narrow ? 5 : 3),
    ...(row.tag ? ["(" + row.tag + ")"] : []),
  ]);
}

// One row per name: an interval, a dot at the middle, and where given a mark to compare with.
function intervalPlot({ rows, format, title, change, markLabel }) {
  const say = change ? format.change : format.text;
  const sayMark = change ? format.changeMark : format.text;
  return (width) => {
    const narrow = width < 560;
    const labels = rowLabels(rows, narrow);
    const lines = Math.max(...labels.map((label) => label.length));
    const height = 60 + rows.length * Math.max(narrow ? 52 : 34, lines * 17 + 10);
    const at = rows.map((row, position) => position);
    const ends = rows
      .flatMap((row) => [row.p10, row.p50, row.p90, row.mark])
      .filter(isNumber)
      .map(format.scaled);
    const least = Math.min(0, ...ends);
    const most = Math.max(0, ...ends);
    const room = (most - least || 1) * 0.05;
    // The figure stands to the right of its interval and needs its own space there.
    const side = narrow ? 132 : 262;
    const labelRoom = ((most - least || 1) * LABEL_WIDTH) / Math.max(80, width - side - 20 - LABEL_WIDTH);
    const text = rows.map(
      (row) =>
        "<b>" +
        plain(row.label + (row.tag ? " (" + row.tag + ")" : "")) +
        "</b><br>Middle: " +
        say(row.p50) +
        "<br>8 in 10 futures: " +
        say(row.p10) +
        " to " +
        say(row.p90) +
        (markLabel ? "<br>" + markLabel + ": " + say(row.mark) : ""),
    );
    const data = [
      {
        type: "scatter",
        mode: "lines",
        x: rows.flatMap((row) => [format.scaled(row.p10), format.scaled(row.p90), null]),
        y: at.flatMap((y) => [y, y, null]),
        line: { color: COLOURS.edge, width: 7 },
        hoverinfo: "skip",
      },
      {
        type: "scatter",
        mode: "text",
        x: rows.map((row) => Math.max(...[row.p50, row.p90, row.mark].filter(isNumber).map(format.scaled))),
        y: at,
        text: rows.map((row) => "  " + sayMark(row.p50)),
        textposition: "middle right",
        textfont: { size: 12 },
        hoverinfo: "skip",
        cliponaxis: false,
      },
      {
        type: "scatter",
        mode: "markers",
        x: rows.map((row) => format.scaled(row.p50)),
        y: at,
        customdata: text,
        hovertemplate: "%{customdata}<extra></extra>",
        marker: { color: COLOURS.main, size: 10, line: { color: "#fff", width: 1.5 } },
      },
    ];
    if (markLabel)
      data.push({
        type: "scatter",
        mode: "markers",
        x: rows.map((row) => format.scaled(row.mark)),
        y: at,
        customdata: text,
        hovertemplate: "%{customdata}<extra></extra>",
        marker: { color: "#fff", size: 11, symbol: "diamond", line: { color: STYLES[1].line, width: 2.4 } },
      });
    const yaxis = axisOf({
      tickvals: at,
      ticktext: labels.map((label) => label.map(plain).join("<br>")),
      range: [rows.length - 0.4, -0.6],
      ticks: "",
      showgrid: true,
    });
    const xaxis = axisOf({
      title: axisTitle(title),
      range: [least - room, most + labelRoom],
      zeroline: true,
      zerolinecolor: COLOURS.ink,
      zerolinewidth: 1.5,
      ...(most === least ? ONLY_ZERO : { tickformat: format.tick, nticks: narrow ? 4 : 8 }),
    });
    return { data, layout: baseLayout(width, height, { xaxis, yaxis, margin: { l: side, r: 20, t: 6, b: 50 } }) };
  };
}

// Futures with the same amount are one fall of the line, without marks on the way down.
function curveTrace(curve, format) {
  const { values } = curve;
  const ends = [...values.keys()].filter((at) => values[at] !== values[at - 1] || values[at] !== values[at + 1]);
  const text = ends.map(
    (at) =>
      "<b>" +
      plain(curve.label) +
      "</b><br>" +
      chance(curve.reached[at]) +
      " of futures have " +
      format.text(values[at]) +
      " or more",
  );
  const scaled = ends.map((at) => format.scaled(values[at]));
  return lineTrace(
    scaled,
    ends.map((at) => curve.chances[at] * 100),
    curve.style,
    text,
  );
}

function curvePlot({ curves, format, title }) {
  return (width) => {
    const data = curves.map((curve) => curveTrace(curve, format));
    // A marker on each of 99 points would hide the dashes that tell the lines apart.
    data.forEach((trace, position) => {
      trace.marker = { ...trace.marker, maxdisplayed: 9, size: 8 + (position % 2) };
    });
    const points = curves
      .flatMap((curve) => curve.values)
      .filter(isNumber)
      .map(format.scaled);
    const least = Math.min(...points);
    const most = Math.max(...points);
    const room = (most - least || 20) * 0.04;
    // Between two whole numbers there is nothing to mark.
    const few = format.formatter === whole && format.divisor === 1 && most - least < 8;
    const xaxis = axisOf({
      title: axisTitle(title),
      tickformat: format.tick,
      ...(few ? { dtick: 1 } : { nticks: width < 480 ? 4 : 9 }),
      range: [least - room, most + room],
    });
    const yaxis = axisOf({ title: axisTitle("% of futures with so much or more", 8), range: [0, 102], dtick: 20 });
    return {
      data,
      layout: baseLayout(width, width < 480 ? 320 : 400, { xaxis, yaxis, margin: { l: 62, r: 20, t: 10, b: 52 } }),
    };
  };
}
