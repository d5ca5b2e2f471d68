// Draws each <figure data-chart> from the JSON block it names. The table under it holds the same figures.

const COLOURS = ["#0f4c81", "#2b8a8a", "#d08a1d", "#6c62b5", "#4f9d5d", "#b5544b", "#5b9bd0", "#8a97a5"];
const STAGES = ["#0a2f52", "#0f4c81", "#2b6ca3", "#2f7d8c", "#46525e"];
const INK = "#17222e";
const MUTED = "#55626f";
const LINE = "#dde3e9";

const figure = (value) => (value === null || value === undefined ? "—" : Number(value).toLocaleString("en-US"));

function axes(data, horizontal) {
  const names = { type: "category", data: data.labels, axisLine: { lineStyle: { color: "#8a97a5" } }, axisTick: { show: false }, axisLabel: { color: MUTED } };
  const values = { type: "value", splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: MUTED, formatter: figure, hideOverlap: true } };
  if (!horizontal) return { xAxis: names, yAxis: values };
  // Long names must leave room for the bars.
  const room = window.innerWidth < 640 ? 112 : 260;
  return { xAxis: values, yAxis: { ...names, inverse: true, axisLabel: { color: MUTED, width: room, overflow: "truncate" } } };
}

// A missing value stays a gap: it is not joined over and not drawn as zero.
function line(data) {
  const series = data.series.map(({ name, values }) => ({ type: "line", name, data: values, connectNulls: false, symbolSize: 6, showSymbol: data.labels.length < 40, lineStyle: { width: 2.5 } }));
  return { ...axes(data, false), series };
}

function bars(data, stacked, horizontal) {
  const series = data.series.map(({ name, values }) => ({ type: "bar", name, data: values, stack: stacked ? "all" : undefined, barMaxWidth: 32, itemStyle: { borderRadius: stacked ? 0 : horizontal ? [0, 4, 4, 0] : [4, 4, 0, 0] } }));
  return { ...axes(data, horizontal), series };
}

const slices = (data) => data.labels.map((name, row) => ({ name, value: data.series[0].values[row] }));

// The shares stand in the legend: labels around the ring are cut off where the page is narrow.
function donut(data) {
  const values = data.series[0].values;
  const sum = values.reduce((total, value) => total + (value ?? 0), 0);
  const share = (name) => `${name}  ${(((values[data.labels.indexOf(name)] ?? 0) * 100) / (sum || 1)).toFixed(1)}%`;
  return {
    legend: { show: true, bottom: 0, textStyle: { color: INK }, icon: "roundRect", formatter: share },
    series: [{ type: "pie", radius: ["46%", "74%"], center: ["50%", "43%"], data: slices(data), label: { show: false }, itemStyle: { borderColor: "#fff", borderWidth: 2 } }],
  };
}

function funnel(data) {
  return { series: [{ type: "funnel", color: STAGES, sort: "none", gap: 3, left: "6%", right: "6%", top: 10, bottom: 10, minSize: "18%", data: slices(data), label: { position: "inside", color: "#fff", formatter: ({ name, value }) => `${name}  ${figure(value)}` } }] };
}

const KINDS = {
  line,
  bar: (data) => bars(data, false, false),
  stacked: (data) => bars(data, true, false),
  hbar: (data) => bars(data, false, true),
  donut,
  funnel,
};

function option(data) {
  const round = data.kind === "donut" || data.kind === "funnel";
  const legend = !round && data.series.length > 1;
  return {
    color: COLOURS,
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: INK },
    grid: { left: 8, right: data.kind === "hbar" ? 32 : 16, top: 24, bottom: legend ? 40 : 8, containLabel: true },
    legend: { show: legend, bottom: 0, textStyle: { color: MUTED }, icon: "roundRect" },
    // Drawn on the canvas: a tooltip of HTML would need inline styles, which the page forbids.
    tooltip: { trigger: round ? "item" : "axis", renderMode: "richText", valueFormatter: (value) => (value === null || value === undefined ? "—" : `${figure(value)} ${data.unit}`.trim()) },
    ...KINDS[data.kind](data),
  };
}

function draw(figureElement) {
  const data = JSON.parse(document.getElementById(figureElement.dataset.chart).textContent);
  const canvas = figureElement.querySelector(".xy-chart-canvas");
  canvas.hidden = false;
  figureElement.querySelector(".xy-chart-table").open = false;
  const chart = window.echarts.init(canvas);
  chart.setOption(option(data));
  new ResizeObserver(() => chart.resize()).observe(canvas);
}

const drawAll = (root) => {
  for (const found of root.querySelectorAll("figure[data-chart]:not([data-drawn])")) {
    found.dataset.drawn = "true";
    draw(found);
  }
};
document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("htmx:afterSwap", (event) => drawAll(event.target.parentElement ?? document));
