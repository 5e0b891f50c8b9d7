import { element } from "./element.js";
import { lineChart } from "./line-chart.js";
import { OverTime } from "./over-time.ts";
import { percentileOf } from "./percentile.ts";
import { counted, inSeconds, shareDone, soFar, waitsFor } from "./progress-words.ts";
import { RunState } from "./run-state.ts";

const byId = (id) => document.getElementById(id);
const REDRAW_MS = 250;
/** Of a long run: those that were sampled first in it last. */
const MOST_SERVERS = 8;
const TELL_MS = 2_000;
const WORDS = { no_data: "no data", errored: "lab broke" };
const MARKS = {
  passed: "✓",
  failed: "✗",
  errored: "!",
  no_data: "-",
  skipped: "·",
  waiting: "",
  starting: "▸",
  load: "▸",
  ending: "▸",
};
const STAGES = {
  waiting: "waiting",
  starting: "lab coming up",
  load: "load",
  ending: "lab going down",
  finished: "ended",
};
const SERVER_COLOURS = ["var(--series-2)", "var(--series-1)", "var(--series-3)", "var(--target)"];

let about = null;
let run = new RunState([]);
const time = new OverTime();
let clockAheadMs = 0;
/** What the server said last; null: the run goes on. */
let ended = null;
let isLost = false;
let toTell = [];
let isDue = false;

const now = () => run.finishedAt ?? Date.now() - clockAheadMs;
const text = (node, value) => {
  if (node.textContent !== value) node.textContent = value;
};

/** Draws a part again only where something of it has changed: who reads or selects it is not disturbed. */
const drawnAs = new WeakMap();
function draw(node, data, make) {
  const signature = JSON.stringify(data);
  if (drawnAs.get(node) === signature) return;
  drawnAs.set(node, signature);
  node.replaceChildren(...[make(data)].flat());
}

function later() {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    drawAll();
  }, REDRAW_MS);
}

const source = new EventSource("events");
source.addEventListener("about", ({ data }) => {
  const said = JSON.parse(data);
  // Another run on the same port.
  if (about !== null && about.runId !== said.runId) return location.reload();
  if (about === null) run = new RunState(said.plans);
  about = said;
  clockAheadMs = Date.now() - said.now;
  for (const [name, status] of Object.entries(said.verdicts)) judged(name, status);
  isLost = false;
  later();
});
source.addEventListener("judged", ({ data }) => {
  const { scenario, status } = JSON.parse(data);
  judged(scenario, status);
  toTell.push(`${scenario}: ${WORDS[status] ?? status}`);
  later();
});
source.addEventListener("ended", ({ data }) => {
  source.close();
  ended = JSON.parse(data);
  toTell.push(`The run has ended: ${ended.status ?? "no verdict"}`);
  void offerReport();
  later();
});
source.addEventListener("message", ({ data }) => {
  const event = JSON.parse(data);
  time.add(event);
  for (const { code, message } of run.add(event)) toTell.push(`${event.scenario}: ${code}: ${message}`);
  later();
});
source.addEventListener("error", () => {
  if (ended !== null) return;
  isLost = true;
  later();
});

function judged(name, status) {
  const scenario = run.of(name);
  if (scenario) scenario.status = status;
}

/** The server is gone in a moment: what it has of the report is kept in this page. */
async function offerReport() {
  const box = byId("ended");
  const place = (file) => element("code", {}, `${about.folder}/${file}`);
  box.replaceChildren(
    element(
      "p",
      {},
      "The run has ended, and its server with it. The report: ",
      place("report.html"),
      "; the log: ",
      place("run.jsonl"),
    ),
  );
  box.hidden = false;
  if (!ended.hasReport) return;
  try {
    const response = await fetch("report.html");
    if (!response.ok) return;
    const link = element("a", { href: URL.createObjectURL(await response.blob()) }, "Open report.html");
    box.prepend(element("p", {}, link));
  } catch {
    // It stands in its folder.
  }
}

function drawAll() {
  const title = about ? `run ${about.runId}` : "A run as it happens";
  text(byId("title"), title);
  drawStatus();
  draw(byId("tiles"), tiles(), drawTiles);
  draw(byId("faults"), run.faults(), drawFaults);
  drawNow();
  draw(scenarioRows(), run.scenarios.map(rowOf), (rows) => rows.map(drawRow));
  drawCharts();
}

function drawStatus() {
  const faults = run.faults().length;
  const [kind, word] = ended
    ? [ended.status ?? "no_data", ended.status ?? "ended"]
    : isLost
      ? ["no_data", "no answer"]
      : run.finishedAt !== null
        ? ["running", "writing the reports"]
        : [faults > 0 ? "failed" : "running", faults > 0 ? "running, with failures" : "running"];
  const node = byId("status");
  if (node.className !== `status ${kind}`) node.className = `status ${kind}`;
  text(node, word);
  document.title = `turnlab: ${word}`;
  const done = run.scenarios.filter(({ stage }) => stage === "finished").length;
  const passed = run.scenarios.filter(({ status }) => status === "passed").length;
  const took = run.startedAt === null ? "" : `, ${inSeconds(now() - run.startedAt)}`;
  const far = `${done} of ${counted(run.scenarios.length, "scenario")} ended, ${passed} of them passed${took}.`;
  const lost = `The run does not answer: it is being asked again. Where it was killed, its log is ${about?.folder}/run.jsonl, and ./turnlab report makes the reports of it.`;
  if (about) text(byId("far"), isLost && !ended ? lost : run.startedAt === null ? "The run is being set up." : far);
}

/** The two targets, each by the scenario that is farthest from it so far: scenarios have no average. */
function tiles() {
  const asked = run.scenarios.filter(
    ({ plan }) => plan.kind === "sessions" && !plan.expectsNone && plan.expectedFailure === null,
  );
  const rated = asked
    .filter(({ done }) => done > 0)
    .map(({ plan, connected, dropped, done }) => ({
      name: plan.name,
      good: connected - dropped,
      done,
      value: (connected - dropped) / done,
    }))
    .sort((a, b) => a.value - b.value);
  const timed = asked
    .filter(({ connectTimes }) => connectTimes.length > 0)
    .map(({ plan, connectTimes }) => ({ name: plan.name, value: percentileOf(connectTimes, 95) }))
    .sort((a, b) => b.value - a.value);
  const sum = (of) => run.scenarios.reduce((total, scenario) => total + of(scenario), 0);
  const underWay = sum(({ underWay, held }) => underWay.size + held);
  return [
    tileOf(
      "Success rate so far, target above 95 %",
      rated[0],
      (value) => `${(100 * value).toFixed(1)} %`,
      (value) => value > 0.95,
      ({ name, good, done }) => `lowest: ${name}, ${good} of ${done}`,
    ),
    tileOf(
      "Connect time p(95) so far, target below 5 s",
      timed[0],
      (value) => `${Math.round(value)} ms`,
      (value) => value < 5_000,
      ({ name }) => `slowest: ${name}`,
    ),
    {
      title: "Sessions",
      kind: "open",
      value: String(sum(({ done }) => done)),
      met: "",
      note: `done; ${underWay} under way, ${sum(({ connected }) => connected)} connected, ${sum(({ wrong }) => wrong)} otherwise than they had to`,
    },
  ];
}

function tileOf(title, worst, format, isMet, describe) {
  if (!worst) return { title, kind: "open", value: "no data", met: "", note: "no session has ended yet" };
  const kind = isMet(worst.value) ? "passed" : "failed";
  return {
    title,
    kind,
    value: format(worst.value),
    met: kind === "passed" ? "✓ met" : "✗ not met",
    note: describe(worst),
  };
}

function drawTiles(all) {
  return all.map(({ title, kind, value, met, note }) =>
    element(
      "div",
      { class: `target ${kind}` },
      element("dt", {}, title),
      element(
        "dd",
        {},
        element("strong", {}, value),
        " ",
        element("span", { class: `met ${kind}` }, met),
        element("small", {}, note),
      ),
    ),
  );
}

function drawFaults(faults) {
  if (faults.length === 0) return element("p", { class: "none" }, "Nothing so far.");
  const told = faults
    .slice(0, 50)
    .map(({ scenario, code, count, message, session }) =>
      element(
        "li",
        {},
        element("strong", {}, `${scenario}: ${code}${count > 1 ? ` ×${count}` : ""}`),
        element("br"),
        session === null ? message : `session ${session}: ${message}`,
      ),
    );
  const more = faults.length > 50 ? [element("li", {}, `and ${faults.length - 50} more kinds`)] : [];
  return element("ul", { class: "faults" }, ...told, ...more);
}

/** Kept while a scenario is under way: only its words and its bar change. */
const nowRows = new Map();
function drawNow() {
  const box = byId("now");
  const underWay = run.scenarios.filter(({ stage }) => stage !== "waiting" && stage !== "finished");
  for (const [name, row] of nowRows)
    if (!underWay.some(({ plan }) => plan.name === name)) {
      row.box.remove();
      nowRows.delete(name);
    }
  for (const scenario of underWay) {
    const { name } = scenario.plan;
    let row = nowRows.get(name);
    if (!row) {
      row = {
        far: element("p"),
        bar: element("progress", { max: "1", "aria-label": `${name}: how far` }),
        waits: element("p", { class: "waits" }),
      };
      row.box = element(
        "div",
        { class: "now" },
        element("strong", {}, name),
        element("div", {}, row.bar, row.far),
        row.waits,
      );
      nowRows.set(name, row);
      box.append(row.box);
    }
    const share = shareDone(scenario, now());
    if (share === null) row.bar.removeAttribute("value");
    else row.bar.value = share;
    text(row.far, soFar(scenario));
    text(row.waits, `${STAGES[scenario.stage]}: waits for ${waitsFor(scenario, now())}`);
  }
  const waiting = run.scenarios.filter(({ stage }) => stage === "waiting");
  nothing.textContent =
    underWay.length > 0 ? "" : run.finishedAt !== null ? "Nothing: the run has ended." : "No scenario is under way.";
  queue.textContent =
    waiting.length === 0 || run.finishedAt !== null
      ? ""
      : `Waiting: ${waiting.map(({ plan }) => plan.name).join(", ")}.`;
}
const nothing = element("p", { class: "none" });
const queue = element("p", { class: "none" });
byId("now").before(nothing);
byId("now").after(queue);

let rowsBody = null;
function scenarioRows() {
  if (rowsBody) return rowsBody;
  const heads = ["Scenario", "Status", "Done", "Connected", "Failed", "Connect time median, ms", "p(95), ms"];
  rowsBody = element("tbody");
  const head = element(
    "tr",
    {},
    ...heads.map((title, index) => element("th", { scope: "col", class: index > 1 ? "figure" : "" }, title)),
  );
  const table = element(
    "table",
    {},
    element("caption", { class: "unseen" }, "Scenarios"),
    element("thead", {}, head),
    rowsBody,
  );
  byId("scenarios").append(
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Scenarios" }, table),
  );
  return rowsBody;
}

function rowOf({ plan, stage, status, outcome, done, connected, failed, connectTimes }) {
  const ms = (percent) => (connectTimes.length === 0 ? "–" : String(Math.round(percentileOf(connectTimes, percent))));
  const word = status ? (WORDS[status] ?? status) : stage === "finished" ? (outcome ?? "ended") : STAGES[stage];
  const kind = status ?? (stage === "waiting" ? "waiting" : stage);
  const begun = plan.planned === null ? String(done) : `${done}/${plan.planned}`;
  return [plan.name, kind, word, begun, String(connected), String(failed), ms(50), ms(95)];
}

function drawRow([name, kind, word, ...figures]) {
  const state = element("span", { class: `status ${kind}` }, `${MARKS[kind] ?? ""} ${word}`.trim());
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name),
    element("td", {}, state),
    ...figures.map((figure) => element("td", { class: "figure" }, figure)),
  );
}

function drawCharts() {
  const slots = time.slots(now());
  const frame = { slots, slotMs: time.slotMs };
  const box = byId("charts");
  if (slots === 0) return draw(box, "none", () => element("p", { class: "none" }, "Nothing so far."));
  const last = (values) => values.findLast((value) => value !== null) ?? 0;
  const most = (values) => values.reduce((high, value) => Math.max(high, value ?? 0), 0);
  const { calls, connect, cpu, allocations } = time;
  const colours = {
    "set out": "var(--muted)",
    connected: "var(--good)",
    "under way": "var(--series-1)",
    "failed or dropped": "var(--bad)",
  };
  const servers = Object.entries(cpu).filter(([name]) => name !== "the lab's harness");
  const harness = Object.entries(cpu).filter(([name]) => name === "the lab's harness");
  const named = (entries) =>
    entries
      .map(([label, values], index) => ({ label, colour: SERVER_COLOURS[index % SERVER_COLOURS.length], values }))
      .slice(-MOST_SERVERS);
  const charts = [
    {
      title: "Sessions",
      unit: "in all",
      summary: `Sessions over time: ${Object.entries(calls)
        .map(([name, values]) => `${name} ${last(values)}`)
        .join(", ")}.`,
      lines: Object.entries(calls).map(([label, values]) => ({ label, colour: colours[label], values, isStep: true })),
    },
    {
      title: "Connect time",
      unit: "ms",
      summary: `Connect time over time: at most ${Math.round(most(connect.slowest))} ms.`,
      lines: [
        { label: "slowest", colour: "var(--series-2)", values: connect.slowest },
        { label: "fastest", colour: "var(--series-1)", values: connect.fastest, isDashed: true },
      ],
    },
    {
      title: "CPU",
      unit: "100 % is one core",
      summary: `CPU over time: ${Object.entries(cpu)
        .map(([name, values]) => `${name} at most ${Math.round(most(values))} %`)
        .join(", ")}.`,
      lines: [
        ...named(servers),
        ...harness.map(([label, values]) => ({ label, colour: "var(--muted)", values, isDashed: true })),
      ],
    },
    {
      title: "Allocations",
      unit: "open on each server",
      summary: `Allocations over time: ${Object.entries(allocations)
        .map(([name, values]) => `${name} at most ${most(values)}`)
        .join(", ")}.`,
      lines: named(Object.entries(allocations)),
    },
  ];
  const shown = charts.filter(({ lines }) => lines.some(({ values }) => values.some((value) => value !== null)));
  draw(box, [width(), shown, frame], () => shown.map((chart) => lineChart({ ...chart, ...frame, width: width() })));
}

function width() {
  return Math.max(300, Math.min(720, byId("charts").clientWidth));
}

addEventListener("resize", later);
setInterval(() => {
  if (ended === null || nowRows.size > 0) later();
}, 1_000);
setInterval(() => {
  if (toTell.length === 0) return;
  byId("told").textContent =
    `${toTell.slice(0, 3).join(". ")}${toTell.length > 3 ? `, and ${toTell.length - 3} more` : ""}`;
  toTell = [];
}, TELL_MS);
later();
