import { expect, it } from "vitest";
import type { Scenario } from "./model/scenario.ts";
import { withoutSecrets } from "./without-secrets.ts";

it("keeps every secret out of the log, and what is none in it", () => {
  const scenario: Scenario = {
    description: "",
    topology: {
      turnServers: {
        turn: {
          realm: "lab.test",
          config: "my.conf",
          configValues: { TURN_PASSWORD: "opensesame-6" },
          credential: { username: "alice", password: "opensesame-1" },
          options: {
            "static-auth-secret": "opensesame-2",
            user: ["a:opensesame-3"],
            "cli-password": "opensesame-4",
            "redis-userdb": "ip=127.0.0.1 password=opensesame-5",
            "stale-nonce": 600,
            "min-port": "50000",
            "denied-peer-ip": ["10.0.0.0-10.255.255.255"],
            fingerprint: true,
          },
          secrets: ["opensesame-6", "opensesame-7"],
        },
        other: {
          image: {
            reference: "pion/turn:4",
            command: ["pion-turn", "-users=a=opensesame-6"],
            env: { USERS: "a=opensesame-7" },
            files: { "/etc/turn.toml": "password = opensesame-8" },
            listeners: ["udp:3478"],
          },
        },
      },
      iceServerApis: {
        api: { provider: "xirsys", servers: ["turn"], keys: { secret: "opensesame-8", channel: "ch" } },
      },
    },
    peers: {
      offerer: {
        behind: "internet",
        iceServers: [{ urls: "turn:t.example.org", username: "bob", credential: "opensesame-9" }],
      },
      answerer: { behind: "internet", iceServers: ["turn"] },
    },
    changes: [
      { atMs: 1, server: "turn", secrets: ["opensesame-7", "opensesame-10"] },
      { atMs: 2, server: "turn", mintsWith: "opensesame-10" },
    ],
    iceServerPolicy: { fallback: [{ urls: ["turn:t.example.org"], username: "b", credential: "opensesame-11" }] },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const logged = JSON.stringify(withoutSecrets(scenario));
  expect(logged).not.toContain("opensesame");
  expect(withoutSecrets(scenario).changes).toEqual([
    { atMs: 1, server: "turn", secrets: ["secret 2", "secret 3"] },
    { atMs: 2, server: "turn", mintsWith: "secret 3" },
  ]);
  for (const shown of [
    "alice",
    "bob",
    "secret 1",
    '"ch"',
    "lab.test",
    "600",
    "50000",
    "10.0.0.0-10.255.255.255",
    "static-auth-secret",
    "my.conf",
    "TURN_PASSWORD",
    "pion-turn",
    "/etc/turn.toml",
  ]) {
    expect(logged).toContain(shown);
  }
});
