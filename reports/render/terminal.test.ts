import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import {
  aScenario,
  exampleRun,
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "../example-run.ts";
import { summarize } from "../summarize.ts";
import { renderTerminal } from "./terminal.ts";

const plain = (width: number) => renderTerminal(summarize(exampleRun()), { color: false, width });
const coloured = (width: number) => renderTerminal(summarize(exampleRun()), { color: true, width });

describe("renderTerminal", () => {
  it("shows a whole run in 80 columns", () => {
    expect(plain(80)).toMatchInlineSnapshot(`
      "turnlab 0.1.0  run 20260314-092653-k3v9, 2026-03-14T09:26:53.000Z
      5 scenarios in 1 min 12 s, 4 CPUs, Docker 28.3.0, Linux 6.12.0

      ✓ mobile-to-home  passed
        Mobile caller behind a carrier NAT, home callee: only TURN can connect them.
        80 sessions started, 80 connected, 0 failed, in 41.2 s

        thresholds
          ✓ session_success  rate>0.95    100 %  80 sessions
          ✓ connect_time     p(95)<5000  476 ms   80 samples

        times in ms
                               min   avg   med  p(90)  p(95)  p(99)   max  samples
          connect_time         401   441   441    472    476    479   480       80
          gather_time          121   161   161    192    196    199   200       80
          turn_allocate_time  80.0  85.0  85.0   90.0   90.0   90.0  90.0      160
          ice_time             180   180   180    180    180    180   180       80
          dtls_time           60.5  60.5  60.5   60.5   60.5   60.5  60.5       80
          first_data_time      421   461   461    492    496    499   500       80

        paths
          relayed 80
          relay-prflx 60, relay-relay 20

        load, 100 % is one core
                    CPU avg   max  memory max  Mbit/s in  out max  allocs max  samples
          turn         22 %  31 %      24 MiB       1.20     1.12          40        3
          harness      67 %  88 %     140 MiB                                        2
          offerer      62 %  62 %     140 MiB                                        1
          answerer     59 %  59 %     140 MiB                                        1
          turn: at most 812 packets/s in, 790 out; no UDP receive-buffer errors

        servers
          turn: coturn 4.17.0, coturn/coturn:4.17.0, sha256:5e5e5e5e5e5e

        routers
          ✓ carrier: observed mapping and filtering address-and-port-dependent, random
            ports; TCP alike; not told: hairpinning
          ✓ home: observed mapping endpoint-independent, filtering
            address-and-port-dependent, ports preserved, no hairpinning; TCP alike

      ✗ udp-blocked-office  failed
        Office that drops UDP: TURN over TCP or TLS, after every UDP attempt has gone
        unanswered.
        8 sessions started, 6 connected (1 dropped later), 2 failed, 2 iterations not
        started, in 41.2 s
        3 messages not sent in time: the lab was busy

        thresholds
          ✗ session_success   rate>0.95    62.5 %   8 sessions
          ✗ connect_time      p(95)<5000  5150 ms    6 samples
          ✓ connect_time      max<20000   5200 ms    6 samples
          ✓ message_delivery  rate>0.99     100 %  60 messages

        times in ms
                               min   avg   med  p(90)  p(95)  p(99)   max  samples
          connect_time        4200  4700  4700   5100   5150   5190  5200        6
          gather_time          121  1748   124   5000   5000   5000  5000        6
          turn_allocate_time  80.0  85.0  85.0   90.0   90.0   90.0  90.0       12
          ice_time             180   180   180    180    180    180   180        6
          dtls_time           60.5  60.5  60.5   60.5   60.5   60.5  60.5        6
          first_data_time      421   424   424    426    426    426   426        6
          gather_time is missing for 2 sessions that ended before every server had
          answered

        paths
          direct 1 (expected relayed), relayed 5
          relay-prflx 5, srflx-prflx 1

        load, 100 % is one core
                CPU avg    max  memory max  Mbit/s in  out max  allocs max  samples
          turn    4.1 %  4.1 %      24 MiB       0.00     0.00           0        1
          turn: the kernel dropped 12 UDP datagrams, a receive buffer was full

        failures
          turn_no_answer  2 sessions
            No answer from the TURN server: the port is blocked on the way, or nothing
            listens.
            session 7: turn:34.1.2.3:3478 did not answer 7 requests in 39.5 s
            session 8: turn:34.1.2.3:3478 did not answer 7 requests in 39.5 s
          data_failed  after connecting
            The channel opened, but data did not arrive at both ends.
            session 5: no message for 10 s

        broken expectations
          wrong_path  1 session
            Connected over another class of path than the scenario expects.
            session 6: expected relayed, connected over srflx-prflx (direct)

        routers
          ✗ office: udp: expected blocked, observed translated

      ✓ wrong-password  passed
        The password is wrong: nothing may connect.
        3 sessions started, 0 connected, 3 failed, in 41.2 s

        times in ms
                        min   avg   med  p(90)  p(95)  p(99)   max  samples
          gather_time  5000  5000  5000   5000   5000   5000  5000        3

        load, 100 % is one core
                CPU avg  max  memory max  Mbit/s in  out max  allocs max  samples
          turn        –    –           –          –        –           –        0

        failures, as expected
          turn_unauthorized  3 sessions
            401 Unauthorized: user, password or the server's stored key is wrong, or
            the credential has expired.
            session 1: turn:34.1.2.3:3478 answered 401 Unauthorized twice
            session 2: turn:34.1.2.3:3478 answered 401 Unauthorized twice

      ! two-carriers  lab broke
        container carrier-2 died with exit code 137 (out of memory)
        Two phones, two carriers.
        0 sessions started, 0 connected, 0 failed, in 41.2 s
        container carrier-2 died with exit code 137 (out of memory), and nobody had
        told it to end

        thresholds
          - session_success  rate>0.95   no data  0 sessions
          - connect_time     p(95)<5000  no data   0 samples

      · never-reached  skipped
        the run ended before it started

        scenario            sessions  success  95 % CI  connect med  p(95) ms  path
      ✓ mobile-to-home         80/80    100 %   95–100          441       476  relayed
      ✗ udp-blocked-office       5/8   62.5 %    30–87         4700      5150  mixed
      ✓ wrong-password           0/3  none, as expected
      ! two-carriers               –        –        –            –         –  –
      · never-reached              –        –        –            –         –  –

      The lab broke, which says nothing about the server under test: two-carriers
      (container carrier-2 died with exit code 137 (out of memory)). 2 of 5 scenarios
      passed.
      "
    `);
  });

  it("shows more in 120 columns", () => {
    expect(plain(120).split("\n").slice(-10).join("\n")).toMatchInlineSnapshot(`
      "  scenario            sessions  success    95 % CI  connect med  p(95) ms  path
      ✓ mobile-to-home         80/80    100 %   95.4–100          441       476  relayed
      ✗ udp-blocked-office       5/8   62.5 %  30.5–86.4         4700      5150  mixed
      ✓ wrong-password           0/3  none, as expected
      ! two-carriers               –        –          –            –         –  –
      · never-reached              –        –          –            –         –  –

      The lab broke, which says nothing about the server under test: two-carriers (container carrier-2 died with exit code 137
      (out of memory)). 2 of 5 scenarios passed.
      "
    `);
  });

  it("says the same in colour", () => {
    expect(stripVTControlCharacters(coloured(80))).toBe(plain(80));
  });

  it("colours marks and verdicts by status", () => {
    const text = coloured(120).replaceAll("\u001b[", "<");
    expect(text).toContain("<32m✓ <1mmobile-to-home<22m<39m  <32mpassed<39m");
    expect(text).toContain("<31m✗<39m connect_time");
    expect(text).toContain("<33m-<39m session_success");
    expect(text).toContain("<31mdirect 1 (expected relayed)<39m, relayed 5");
    expect(text).toContain("<1m<31mThe lab broke");
    expect(text).toContain("<31mcontainer carrier-2 died with exit code 137 (out of memory), and nobody");
    expect(text).toContain("<33m3 messages not sent in time: the lab was busy<39m");
  });

  it("writes no escape code without colour", () => {
    expect(plain(80)).not.toContain("\u001b");
  });

  it.each([60, 80, 100, 120])("stays within %d columns", (width) => {
    // Tables of numbers have a width of their own; below 80 columns they may stand out.
    const limit = Math.max(width, 80);
    expect(
      plain(width)
        .split("\n")
        .filter((line) => line.length > limit),
    ).toEqual([]);
  });

  it("shows no success rate where nothing may connect, and praises only what passed", () => {
    const definition = aScenario({ expectedPath: "none" });
    const events = [
      runStarted("a", "b"),
      scenarioStarted("a", definition),
      ...session(failedSession("a", 1, "ice_failed", "no pair")),
      ...session(sessionFinished("a", 2)),
      scenarioFinished("a"),
      scenarioStarted("b", definition),
      ...session(failedSession("b", 1, "ice_failed", "no pair")),
      scenarioFinished("b"),
      runFinished(),
    ];
    const lines = renderTerminal(summarize(events), { color: false, width: 80 }).split("\n");
    expect(lines.slice(-5, -2)).toEqual([
      "✗ a              1/2        –        –          402       402  relayed",
      "✓ b              0/1  none, as expected",
      "",
    ]);
  });

  it("lets no message steer the terminal", () => {
    const events = [
      runStarted("a"),
      scenarioStarted("a"),
      ...session(failedSession("a", 1, "turn_error", "oh\u001b[2Jno\r\nnew line")),
      scenarioFinished("a"),
      runFinished(),
    ];
    const text = renderTerminal(summarize(events), { color: false, width: 80 });
    expect(text).not.toContain("\u001b");
    expect(text).toContain("session 1: oh [2Jno new line");
  });
});
