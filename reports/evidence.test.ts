import { expect, it } from "vitest";
import type { EventOf } from "../lab/model/events.ts";
import { exampleRun } from "./example-run.ts";
import { describeEvidence } from "./render/evidence-words.ts";
import { RENDERERS } from "./render/index.ts";
import { summarize } from "./summarize.ts";

const [scenario = ""] = exampleRun().flatMap((event) => (event.type === "scenario_started" ? [event.scenario] : []));

const kept = (
  kind: EventOf<"evidence_kept">["kind"],
  node: string,
  file: string | null,
  note: string | null = null,
): EventOf<"evidence_kept"> => ({ type: "evidence_kept", at: 0, scenario, kind, node, file, note });

function summaryWith(...events: (EventOf<"evidence_kept"> | EventOf<"router_counted">)[]) {
  const run = exampleRun();
  const at = run.findIndex((event) => event.type === "scenario_finished");
  return summarize([...run.slice(0, at), ...events, ...run.slice(at)]);
}

const RULES = [kept("rules", "office", `rules/${scenario}.office.before.txt`), kept("rules", "office", "rules/b.txt")];

it("says nothing where only rules were kept", () => {
  expect(describeEvidence(summaryWith(...RULES).scenarios[0] ?? expect.fail())).toEqual([]);
});

it("names what there is, what was cut, what was dropped, and what is missing", () => {
  const summary = summaryWith(
    ...RULES,
    kept("capture", "office", `captures/${scenario}.office.wan.pcap`, "of each packet the first 320 bytes"),
    kept(
      "capture",
      "turn",
      `captures/${scenario}.turn.eth0.pcap`,
      "of each packet the first 320 bytes; the last 8 MB of it",
    ),
    kept("capture", "home", null, "home.wan: tcpdump has written nothing"),
    kept("keys", "offerer", `captures/${scenario}.keys`),
    kept("server-log", "turn", `logs/${scenario}.turn.log`),
    {
      type: "router_counted",
      at: 0,
      scenario,
      router: "office",
      dropped: [10, 6, 5, 4].map((packets, index) => ({ what: `udp out ${3478 + index}`, packets })),
      tooBig: 2,
      connections: 3,
    },
    { type: "router_counted", at: 0, scenario, router: "home", dropped: [], tooBig: 0, connections: 3 },
  );
  const said = describeEvidence(summary.scenarios[0] ?? expect.fail());
  expect(said).toEqual([
    "captures: 2 wires in captures/ (of office.wan: of each packet the first 320 bytes; of turn.eth0: of each packet the first 320 bytes; the last 8 MB of it)",
    `keys of their TLS and DTLS, of offerer: captures/${scenario}.keys`,
    `log of turn: logs/${scenario}.turn.log`,
    "routers' rules and counters before and after the load: rules/",
    "office let not pass: udp out 3478 × 10, udp out 3479 × 6, udp out 3480 × 5, 4 packets to other ports, 2 packets too large for a wire",
    "no capture of home: home.wan: tcpdump has written nothing",
  ]);
  expect(RENDERERS.markdown(summary, { width: 80, isColoured: false } as never)).toContain("**Evidence**");
  expect(RENDERERS.terminal(summary, { width: 200, isColoured: false } as never)).toContain(
    "captures: 2 wires in captures/",
  );
});
