import * as Plot from "@observablehq/plot";
import type { CapacityPlan, PlannedMachine } from "../../../lab/model/capacity-plan.ts";
import type { CapacityReport } from "../../../lab/model/capacity-report.ts";
import { COLOURS, drawChart } from "../../html/chart.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { describeDemand, describeSources, MACHINE_HEAD, machineRow, SERVICE_HEAD, serviceRow } from "../plan-words.ts";
import { basisBadge } from "./basis-badge.ts";

/** Machines and their bill next to managed services: computed, but for the knee of what was measured. */
export function planSection({ plan }: CapacityReport): Markup {
  if (!plan) return NOTHING_AT_ALL;
  return section(
    "plan",
    "The plan",
    html`<p>Nothing of a plan was run: numbers of machines and bills are arithmetic, of knees that say where they come from.</p>`,
    list(describeDemand(plan)),
    billChart(plan),
    machines("Measured: the machine of this run", plan, ({ kneeCalls }) => kneeCalls.basis === "measured"),
    machines("Not measured: other machines, by the model", plan, ({ kneeCalls }) => kneeCalls.basis !== "measured"),
    table(
      `Managed services, amounts in ${plan.currency}`,
      SERVICE_HEAD.map((title, index) => ({ title, isFigure: index === 1 })),
      plan.services.map(serviceRow),
    ),
    fold("How each figure came about", howTable(plan)),
    list([...describeSources(plan), ...plan.notes]),
  );
}

/** How many of them and their bill are computed in either. */
function machines(
  title: string,
  { machines: all, currency }: CapacityPlan,
  isOne: (one: PlannedMachine) => boolean,
): Markup {
  const texts = ["machine", "", "binds"];
  return table(
    `${title}, amounts in ${currency}`,
    MACHINE_HEAD.map((head) => ({ title: head === "" ? "knee is" : head, isFigure: !texts.includes(head) })),
    all
      .filter(isOne)
      .map((machine) =>
        machineRow(machine).map((cell, index) =>
          MACHINE_HEAD[index] === "" && cell !== "" ? basisBadge(machine.kneeCalls.basis) : cell,
        ),
      ),
  );
}

function howTable({ machines, peakCalls, peakRelayedCalls, egressGigabytes, clientGigabytes }: CapacityPlan): Markup {
  const row = (what: string, { value, basis, how }: CapacityPlan["peakCalls"]) => [
    what,
    value ?? "–",
    basisBadge(basis),
    how,
  ];
  return table(
    "Figures of the plan",
    [{ title: "Figure" }, { title: "Value", isFigure: true }, { title: "Origin" }, { title: "How" }],
    [
      row("calls at once at the busiest time", peakCalls),
      row("of them relayed", peakRelayedCalls),
      row("GB a month that leave", egressGigabytes),
      row("GB a month to relayed clients", clientGigabytes),
      ...machines.flatMap(({ machine, kneeCalls, usersPerMachine, machinesPerRegion, machines: all }) => [
        row(`${machine}: knee`, kneeCalls),
        row(`${machine}: users each`, usersPerMachine),
        row(`${machine}: a region`, machinesPerRegion),
        row(`${machine}: in all`, all),
      ]),
    ],
  );
}

/** Only bills that are known. */
function billChart({ machines, services, currency }: CapacityPlan): Markup {
  const bills = [
    ...machines.map(({ machine, monthly }) => ({ name: machine, kind: "own" as const, ...monthly })),
    ...services.map(({ name, monthly }) => ({ name, kind: "service" as const, low: monthly, high: monthly })),
  ].flatMap(({ low, high, ...bill }) => (low === null || high === null ? [] : [{ ...bill, low, high }]));
  if (bills.length < 2) return NOTHING_AT_ALL;
  const sorted = bills.sort((a, b) => a.high - b.high);
  const most = Math.max(...sorted.map(({ high }) => high));
  const colours = { own: COLOURS.offered, service: COLOURS.server } as const;
  return drawChart({
    title: `A month's bill, ${currency}`,
    summary: sorted
      .map(({ name, low, high }) => `${name}: ${low === high ? high : `${low} to ${high}`} ${currency} a month`)
      .join(". "),
    legend: [
      { label: "machines of one's own, egress included", colour: colours.own },
      { label: "managed services", colour: colours.service },
    ],
    options: {
      height: 60 + 26 * sorted.length,
      marginLeft: 220,
      x: { label: `${currency} a month`, domain: [0, most * 1.12], grid: true },
      y: {
        label: null,
        domain: sorted.map(({ name }) => name),
        tickFormat: (name: string) => (name.length > 30 ? `${name.slice(0, 29)}…` : name),
      },
      marks: [
        Plot.barX(sorted, {
          y: "name",
          x: "high",
          fill: ({ kind }: { kind: keyof typeof colours }) => colours[kind],
          fillOpacity: 0.5,
        }),
        Plot.tickX(sorted, { y: "name", x: "low", stroke: "currentColor" }),
        Plot.text(sorted, {
          y: "name",
          x: "high",
          text: ({ high }: { high: number }) => high.toFixed(0),
          textAnchor: "start",
          dx: 4,
        }),
        Plot.ruleX([0]),
      ],
    },
  });
}
