import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

function faultsOf(turn: object) {
  const scenario = {
    description: "test",
    topology: { turnServers: { turn } },
    peers: { offerer: { behind: "internet", iceServers: ["turn"] }, answerer: { behind: "internet", iceServers: [] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const checked = checkScenario(scenario, "test");
  return "faults" in checked ? checked.faults : [];
}
const placesOf = (turn: object) => faultsOf(turn).map(({ place }) => place.replace("topology.turnServers.turn.", ""));
const OTHER = { reference: "pion/turn:4.0", listeners: ["udp:3478"] };

describe("an image", () => {
  it.each([
    "coturn/coturn",
    "coturn/coturn:4.17.0-r0-alpine",
    "localhost:5000/my_turn/server",
    "registry.example.org/a/b--c:x",
    `coturn/coturn@sha256:${"0a".repeat(32)}`,
  ])("may be %s", (image) => expect(faultsOf({ image })).toEqual([]));

  it.each(["Coturn", "coturn:", "coturn coturn", "a//b", "coturn@sha256:12", ":4"])("may not be %s", (image) => {
    expect(faultsOf({ image })).toMatchObject([{ place: "topology.turnServers.turn.image", found: `"${image}"` }]);
  });

  it("takes options with it: it is a coturn", () => {
    expect(faultsOf({ image: "coturn/coturn", options: { "stale-nonce": 5 } })).toEqual([]);
  });
});

describe("a server that is not coturn", () => {
  it("says how it is told what the lab decides", () => {
    const command = ["pion-turn", "-public-ip={{address}}", "-users={{username}}={{ password }}"];
    const files = { "/etc/turn.yml": "realm: {{realm}}\nflow: {a: {}}\n" };
    expect(faultsOf({ image: { ...OTHER, command, files, env: { PORT: "{{minPort}}" } } })).toEqual([]);
  });

  it("has a certificate that a client may take, or one that the lab itself can verify", () => {
    expect(placesOf({ image: OTHER, certificate: "other-name" })).toEqual([]);
    expect(placesOf({ image: OTHER, certificate: "expired" })).toEqual(["certificate"]);
    expect(placesOf({ image: "coturn/coturn", certificate: "expired" })).toEqual([]);
  });

  it("has listeners, each once, with a port", () => {
    expect(placesOf({ image: { reference: "pion" } })).toEqual(["image.listeners"]);
    expect(placesOf({ image: { ...OTHER, listeners: [] } })).toEqual(["image.listeners"]);
    expect(placesOf({ image: { ...OTHER, listeners: ["udp", "udp:3478", "stun", "udp:3478", "dtls:1"] } })).toEqual([
      "image.listeners[0]",
      "image.listeners[2]",
      "image.listeners[3]",
      "image.listeners[4]",
    ]);
  });

  it("has no placeholder that there is not, and is told which was meant", () => {
    const image = {
      ...OTHER,
      command: ["x", "{{adress}}"],
      env: { A: "{{secret}}" },
      files: { "/f": "{{ key }} {{kee}}" },
    };
    expect(faultsOf({ image })).toMatchObject([
      { place: "topology.turnServers.turn.image.command[1]", hint: 'Did you mean "address"?' },
      { place: 'topology.turnServers.turn.image.env["A"]', found: "{{secret}}" },
      { place: 'topology.turnServers.turn.image.files["/f"]', hint: 'Did you mean "key"?' },
    ]);
  });

  it("has files at absolute paths, a relay range that is one, and nothing that is for coturn", () => {
    const image = { ...OTHER, files: { "turn.yml": "", "/a/../b": "" }, relayPorts: { min: 9, max: 8 } };
    expect(placesOf({ image, options: { "no-tls": true }, secrets: ["s"] })).toEqual([
      "options",
      "image.relayPorts",
      "image.files",
      "image.files",
    ]);
  });

  it("has its declared listeners behind its firewall", () => {
    expect(faultsOf({ image: OTHER, firewall: ["udp:3478"] })).toEqual([]);
    expect(faultsOf({ image: OTHER, firewall: ["tcp:5349"] })).toMatchObject([
      { place: "topology.turnServers.turn.firewall", expected: expect.stringMatching(/: udp:3478$/) },
    ]);
  });
});
