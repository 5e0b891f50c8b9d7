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
    },
    peers: { offerer: { behind: "internet", iceServers: [] }, answerer: { behind: "internet", iceServers: [] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const logged = JSON.stringify(withoutSecrets(scenario));
  expect(logged).not.toContain("opensesame");
  for (const shown of [
    "alice",
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
