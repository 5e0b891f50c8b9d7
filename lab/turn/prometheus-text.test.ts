import { describe, expect, it } from "vitest";
import { changesBetween, readMetrics } from "./prometheus-text.ts";

/** As coturn 4.16.0 printed them around a load with `prometheus-username-labels`, shortened. A counter that nobody has moved has no line of its own. */
const BEFORE = `# HELP stun_binding_request Incoming STUN Binding requests
# TYPE stun_binding_request counter
stun_binding_request 4
# HELP stun_binding_error STUN Binding errors
# TYPE stun_binding_error counter
# HELP turn_traffic_rcvp Represents finished sessions received packets
# TYPE turn_traffic_rcvp counter
# HELP turn_total_allocations Represents current allocations number
# TYPE turn_total_allocations gauge
`;
const AFTER = `# HELP stun_binding_request Incoming STUN Binding requests
# TYPE stun_binding_request counter
stun_binding_request 16
# HELP stun_binding_error STUN Binding errors
# TYPE stun_binding_error counter
# HELP turn_traffic_rcvp Represents finished sessions received packets
# TYPE turn_traffic_rcvp counter
turn_traffic_rcvp{realm="turn.lab.test",user="lab-03a2b37b"} 2220
# HELP turn_total_allocations Represents current allocations number
# TYPE turn_total_allocations gauge
turn_total_allocations{type="TLS/TCP"} 0
turn_total_allocations{type="TCP"} 0
turn_total_allocations{type="UDP"} 0
`;

const valuesOf = (text: string) => Object.fromEntries(readMetrics(text));

describe("readMetrics", () => {
  it("adds what coturn tells by label, and has nothing for what has no sample", () => {
    expect(valuesOf(AFTER)).toEqual({ stun_binding_request: 16, turn_traffic_rcvp: 2220, turn_total_allocations: 0 });
  });

  it.each([
    ["escaped labels", 'a{x="\\"} 7\\n\\\\",y="{,}"} 1\na{x="", } 2\n', { a: 3 }],
    ["other ways to write numbers", "a 1.5e3\nb +2\nc\t-0.5\r\nd 3 1795824250217\n", { a: 1500, b: 2, c: -0.5, d: 3 }],
    ["what is no finite number", "a NaN\nb +Inf\nc -Inf\nb 1\nd 1\n", { d: 1 }],
    [
      "histograms and summaries",
      '# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 1\na_count 1\n',
      { a_count: 1 },
    ],
    ["comments and nothing", "# just a remark\n#\n\n  \n", {}],
  ])("takes %s", (_, text, values) => {
    expect(valuesOf(text)).toEqual(values);
  });

  it.each(["<html>", "a", "a one", 'a{x="1} 2', "1a 2"])("refuses %s, and says where", (line) => {
    expect(() => readMetrics(`# HELP\n${line}\n`)).toThrow("line 2 is no line of Prometheus' text format");
  });
});

describe("changesBetween", () => {
  it("counts from where it was, and from zero what was not there", () => {
    expect(changesBetween(readMetrics(BEFORE), readMetrics(AFTER))).toEqual({
      stun_binding_request: 12,
      turn_traffic_rcvp: 2220,
      turn_total_allocations: 0,
    });
  });

  it("counts from zero after a restart", () => {
    expect(changesBetween(null, readMetrics(AFTER))).toMatchObject({ stun_binding_request: 16 });
  });
});
