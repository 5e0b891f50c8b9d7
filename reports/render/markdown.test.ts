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
import { renderMarkdown } from "./markdown.ts";
import { code, escapeText, table } from "./markdown-text.ts";

describe("renderMarkdown", () => {
  it("shows a whole run", () => {
    expect(renderMarkdown(summarize(exampleRun()))).toMatchInlineSnapshot(`
      "# turnlab: errored

      The lab broke, which says nothing about the server under test: two-carriers (container carrier-2 died with exit code 137 (out of memory)). 2 of 5 scenarios passed.

      | Scenario | Status | Connected | Success | 95 % CI | connect_time med | p(95) | Path |
      | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
      | mobile-to-home | ✅ passed | 80/80 | 100 % | 95.4–100 | 441 | 476 | relayed |
      | udp-blocked-office | ❌ failed | 6/8 | 62.5 % | 30.5–86.4 | 4700 | 5150 | mixed |
      | wrong-password | ✅ passed | 0/3 | – | – | – | – | none, as expected |
      | two-carriers | 💥 lab broke | – | – | – | – | – | – |
      | never-reached | ⏭️ skipped | – | – | – | – | – | – |

      ## ✅ mobile-to-home

      Mobile caller behind a carrier NAT, home callee: only TURN can connect them.

      80 sessions started, 80 connected, 0 failed, in 41.2 s.

      | Threshold | Expression | Observed | From |  |
      | --- | --- | ---: | ---: | --- |
      | \`session_success\` | \`rate>0.95\` | 100 % | 80 sessions | ✅ |
      | \`connect_time\` | \`p(95)<5000\` | 476 ms | 80 samples | ✅ |

      | ms | min | avg | med | p(90) | p(95) | p(99) | max | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | \`connect_time\` | 401 | 441 | 441 | 472 | 476 | 479 | 480 | 80 |
      | \`gather_time\` | 121 | 161 | 161 | 192 | 196 | 199 | 200 | 80 |
      | \`turn_allocate_time\` | 80.0 | 85.0 | 85.0 | 90.0 | 90.0 | 90.0 | 90.0 | 160 |
      | \`ice_time\` | 180 | 180 | 180 | 180 | 180 | 180 | 180 | 80 |
      | \`dtls_time\` | 60.5 | 60.5 | 60.5 | 60.5 | 60.5 | 60.5 | 60.5 | 80 |
      | \`first_data_time\` | 421 | 461 | 461 | 492 | 496 | 499 | 500 | 80 |

      Paths: relayed 80 (expected relayed); pairs: relay-prflx 60, relay-relay 20.

      | Load | CPU avg | CPU max | Memory max | Mbit/s in max | Mbit/s out max | Packets/s in max | Packets/s out max | Allocations max | UDP buffer drops | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | turn | 22 % | 31 % | 24 MiB | 1.20 | 1.12 | 812 | 790 | 40 | 0 | 3 |
      | harness (lab) | 67 % | 88 % | 140 MiB |  |  |  |  |  |  | 2 |
      | offerer (lab) | 62 % | 62 % | 140 MiB |  |  |  |  |  |  | 1 |
      | answerer (lab) | 59 % | 59 % | 140 MiB |  |  |  |  |  |  | 1 |

      - turn: coturn 4.17.0, coturn/coturn:4.17.0, sha256:5e5e5e5e5e5e

      | Router | Observed | Not as expected |
      | --- | --- | --- |
      | carrier | mapping and filtering address-and-port-dependent, random ports; TCP alike; not told: hairpinning | – |
      | home | mapping endpoint-independent, filtering address-and-port-dependent, ports preserved, no hairpinning; TCP alike | – |

      ## ❌ udp-blocked-office

      Office that drops UDP: TURN over TCP or TLS, after every UDP attempt has gone unanswered.

      8 sessions started, 6 connected (1 dropped later), 2 failed, 2 iterations not started, in 41.2 s.

      ⚠️ 3 messages not sent in time: the lab was busy.

      | Threshold | Expression | Observed | From |  |
      | --- | --- | ---: | ---: | --- |
      | \`session_success\` | \`rate>0.95\` | 62.5 % | 8 sessions | ❌ |
      | \`connect_time\` | \`p(95)<5000\` | 5150 ms | 6 samples | ❌ |
      | \`connect_time\` | \`max<20000\` | 5200 ms | 6 samples | ✅ |
      | \`message_delivery\` | \`rate>0.99\` | 100 % | 60 messages | ✅ |

      | ms | min | avg | med | p(90) | p(95) | p(99) | max | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | \`connect_time\` | 4200 | 4700 | 4700 | 5100 | 5150 | 5190 | 5200 | 6 |
      | \`gather_time\` | 121 | 1748 | 124 | 5000 | 5000 | 5000 | 5000 | 6 |
      | \`turn_allocate_time\` | 80.0 | 85.0 | 85.0 | 90.0 | 90.0 | 90.0 | 90.0 | 12 |
      | \`ice_time\` | 180 | 180 | 180 | 180 | 180 | 180 | 180 | 6 |
      | \`dtls_time\` | 60.5 | 60.5 | 60.5 | 60.5 | 60.5 | 60.5 | 60.5 | 6 |
      | \`first_data_time\` | 421 | 424 | 424 | 426 | 426 | 426 | 426 | 6 |

      \`gather_time\` is missing for 2 sessions that ended before every server had answered.

      Paths: direct 1, relayed 5 (expected relayed); pairs: relay-prflx 5, srflx-prflx 1.

      | Load | CPU avg | CPU max | Memory max | Mbit/s in max | Mbit/s out max | Packets/s in max | Packets/s out max | Allocations max | UDP buffer drops | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | turn | 4.1 % | 4.1 % | 24 MiB | 0.00 | 0.00 | – | – | 0 | 12 | 1 |

      **Failures**

      - \`turn_no_answer\`, 2 sessions: No answer from the TURN server: the port is blocked on the way, or nothing listens.
        - session 7: \`turn:34.1.2.3:3478 did not answer 7 requests in 39.5 s\`
        - session 8: \`turn:34.1.2.3:3478 did not answer 7 requests in 39.5 s\`
      - \`data_failed\`, after connecting: The channel opened, but data did not arrive at both ends.
        - session 5: \`no message for 10 s\`

      **Broken expectations**

      - \`wrong_path\`, 1 session: Connected over another class of path than the scenario expects.
        - session 6: \`expected relayed, connected over srflx-prflx (direct)\`

      | Router | Observed | Not as expected |
      | --- | --- | --- |
      | office | mapping endpoint-independent, filtering address-and-port-dependent, ports preserved, no hairpinning; TCP alike | ❌ udp: expected blocked, observed translated |

      ## ✅ wrong-password

      The password is wrong: nothing may connect.

      3 sessions started, 0 connected, 3 failed, in 41.2 s.

      | ms | min | avg | med | p(90) | p(95) | p(99) | max | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | \`gather_time\` | 5000 | 5000 | 5000 | 5000 | 5000 | 5000 | 5000 | 3 |

      | Load | CPU avg | CPU max | Memory max | Mbit/s in max | Mbit/s out max | Packets/s in max | Packets/s out max | Allocations max | UDP buffer drops | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | turn | – | – | – | – | – | – | – | – | – | 0 |

      **Failures**

      - \`turn_unauthorized\`, 3 sessions: 401 Unauthorized: user, password or the server's stored key is wrong, or the credential has expired.
        - session 1: \`turn:34.1.2.3:3478 answered 401 Unauthorized twice\`
        - session 2: \`turn:34.1.2.3:3478 answered 401 Unauthorized twice\`
        - session 3: \`turn:34.1.2.3:3478 answered 401 Unauthorized twice\`

      ## 💥 two-carriers

      **container carrier-2 died with exit code 137 (out of memory)**

      Two phones, two carriers.

      0 sessions started, 0 connected, 0 failed, in 41.2 s.

      - ❌ container carrier-2 died with exit code 137 (out of memory), and nobody had told it to end

      | Threshold | Expression | Observed | From |  |
      | --- | --- | ---: | ---: | --- |
      | \`session_success\` | \`rate>0.95\` | no data | 0 sessions | ❔ |
      | \`connect_time\` | \`p(95)<5000\` | no data | 0 samples | ❔ |

      | Load | CPU avg | CPU max | Memory max | Mbit/s in max | Mbit/s out max | Packets/s in max | Packets/s out max | Allocations max | UDP buffer drops | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | turn | – | – | – | – | – | – | – | – | – | 0 |

      ## ⏭️ never-reached

      **the run ended before it started**

      ---

      Run \`20260314-092653-k3v9\`, started 2026-03-14T09:26:53.000Z, took 1 min 12 s; turnlab 0.1.0, Node v24.21.0, Docker 28.3.0, Linux 6.12.0, 4 CPUs. Times are in milliseconds; success counts dropped sessions as failures; intervals are 95 % (Wilson).
      "
    `);
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
    const rows = renderMarkdown(summarize(events)).split("\n");
    expect(rows).toContain("| a | ❌ failed | 1/2 | – | – | 402 | 402 | relayed |");
    expect(rows).toContain("| b | ✅ passed | 0/1 | – | – | – | – | none, as expected |");
  });

  it("lets no message become markup", () => {
    const message = "a`b` | <img src=x> @everyone\n# heading";
    const events = [
      runStarted("a"),
      scenarioStarted("a"),
      ...session(failedSession("a", 1, "turn_error", message)),
      scenarioFinished("a", "errored", message),
      runFinished(),
    ];
    const text = renderMarkdown(summarize(events));
    expect(text).toContain("session 1: `` a`b` | <img src=x> @everyone # heading ``");
    expect(text).toContain("**a\\`b\\` \\| &lt;img src=x&gt; &#64;everyone \\# heading**");
  });
});

describe("Markdown text", () => {
  it("escapes what would be markup", () => {
    expect(escapeText("a_b *c* [d](e) <f> g|h")).toBe("a\\_b \\*c\\* \\[d\\](e) &lt;f&gt; g\\|h");
  });

  it("keeps a pipe inside its cell", () => {
    expect(table(["x"], ["left"], [[code("a|b")]])).toBe("| x |\n| --- |\n| `a\\|b` |");
  });

  it("is nothing without rows", () => {
    expect(table(["x"], ["left"], [])).toBe("");
  });
});
