import { element } from "./element.js";

const HEIGHT = 190;
const EDGE = { left: 56, right: 12, top: 10, bottom: 30 };
/** Nothing for longer than this is a gap in a line. */
const GAP_MS = 1_500;
const SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** Round steps, four or five of them, up to at least the highest value. */
function ticksUpTo(most) {
  const rough = Math.max(most, 1e-9) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

const tick = (value) => (value >= 1 || value === 0 ? String(Math.round(value * 10) / 10) : value.toPrecision(1));

/**
 * Lines over a run's time as the report draws them: the same frame, the same colours, a legend and a sentence.
 * @param {{ title: string, summary: string, unit: string, slots: number, slotMs: number, width: number,
 *   lines: { label: string, colour: string, isDashed?: boolean, isStep?: boolean, values: (number | null)[] }[] }} chart
 */
export function lineChart({ title, summary, unit, slots, slotMs, lines, width }) {
  const most = lines.reduce((high, { values }) => values.reduce((high, value) => Math.max(high, value ?? 0), high), 1);
  const ticks = ticksUpTo(most);
  const top = ticks.at(-1);
  const seconds = (slots * slotMs) / 1000;
  const x = (s) => EDGE.left + (s / seconds) * (width - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  const picture = drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": summary });
  for (const value of ticks)
    picture.append(
      drawn("line", { class: "axis", x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }),
      drawn("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, tick(value)),
    );
  for (const value of ticksUpTo(seconds).filter((s) => s <= seconds))
    picture.append(drawn("text", { x: x(value), y: HEIGHT - 10, "text-anchor": "middle" }, `${tick(value)} s`));
  for (const line of lines) {
    picture.append(
      drawn("path", {
        d: pathOf(line, { x, y, slots, slotMs }),
        fill: "none",
        stroke: line.colour,
        "stroke-width": 1.75,
        "stroke-linejoin": "round",
        ...(line.isDashed ? { "stroke-dasharray": "4 3" } : {}),
      }),
    );
  }
  const legend = lines.map(({ label, colour, isDashed }) =>
    element("span", {}, element("i", { style: `border-top:3px ${isDashed ? "dashed" : "solid"} ${colour}` }), label),
  );
  return element(
    "figure",
    {},
    element("figcaption", {}, `${title}, ${unit}`, element("span", { class: "legend" }, ...legend)),
    element("div", { class: "chart" }, picture),
  );
}

/** A step keeps its value until the next; other lines join what was measured one after the other, and a dot is a dot. */
function pathOf({ values, isStep }, { x, y, slots, slotMs }) {
  const at = (slot) => x((Math.min(slot, slots) * slotMs) / 1000).toFixed(1);
  const mostBetween = Math.max(3, Math.ceil(GAP_MS / slotMs));
  let path = "";
  let before = null;
  values.forEach((value, slot) => {
    if (value === null) return;
    const height = y(value).toFixed(1);
    if (before === null || (!isStep && slot - before > mostBetween)) path += `M${at(slot)} ${height}h2m-1 -1v2m0 -1`;
    else path += isStep ? `H${at(slot)}V${height}` : `L${at(slot)} ${height}`;
    before = slot;
  });
  return isStep && path !== "" ? `${path}H${at(slots)}` : path;
}
