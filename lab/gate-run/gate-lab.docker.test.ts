import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { withFiles } from "../gate/given-files.ts";
import { planGate } from "../gate/plan-gate.ts";
import { readSide } from "../gate/read-side.ts";
import { upLab } from "../lab-up.ts";
import { makeCall } from "../make-call.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { testContext } from "../test-lab.ts";
import { CertificateAuthority } from "../turn/certificate-authority.ts";
import { gateLab } from "./gate-lab.ts";

const text = readFileSync(new URL("../../scenarios/configs/qring.turnserver.conf", import.meta.url), "utf8");

describeDocker("the lab of a gate", () => {
  it("connects a call of every cell over the transport that its network and its URLs leave", async () => {
    // A certificate that nobody but the user's own authority vouches for: who connects over TLS has seen that one.
    const authority = await CertificateAuthority.create("the user's own");
    const { chainPem, keyPem } = await authority.issue("turn.example.org", []);
    const context = { ...(await testContext()), trustedPem: authority.certificatePem };
    const values = new Map(
      Object.entries({
        TURN_PUBLIC_IP: "41.77.10.20",
        TURN_REALM_FQDN: "turn.example.org",
        TURN_USERNAME: "qring",
        TURN_PASSWORD: "a-rotated-password",
      }),
    );
    const side = readSide("candidate", {
      file: "turnserver.conf",
      // 443 as well, so that every network has a way out.
      text: `${text}\naux-server=41.77.10.20:443\n`,
      values,
      version: "4.6.1",
      makeSecret: () => "made-0123456789",
    });
    if (!("config" in side)) throw new Error(JSON.stringify(side.faults));
    const files = { "/etc/coturn/certs/fullchain.pem": chainPem, "/etc/coturn/certs/privkey.pem": keyPem };
    const given = Object.entries(files).map(([path, pem]) => ({ path, content: Buffer.from(pem), file: path }));
    const config = withFiles(side.config, given);
    const { cpus, memoryBytes } = context.engine.info;
    const plan = planGate({
      given: {},
      candidate: config,
      baseline: null,
      machine: { cpus, memoryBytes },
      nowMs: Date.now(),
    });
    if ("faults" in plan) throw new Error(JSON.stringify(plan.faults));
    expect(plan.findings.candidate).toEqual([]);
    const lab = gateLab({ ...plan, config, opener: config, fresh: context.credential });
    if ("faults" in lab) throw new Error(JSON.stringify(lab.faults));

    await using started = await upLab("candidate", lab.spec, context);
    const made = await Promise.all(
      plan.cells.map(async (cell, index) => {
        const where = { scenario: "candidate", session: index, vu: index + 1, iteration: 0 };
        const call = await makeCall(started, lab.callOf(cell), where, context);
        return [cell, call?.finished] as const;
      }),
    );
    const cameTo = made.map(([{ id }, finished]) => {
      const { outcome, path, violations = [], failure, peers } = finished ?? {};
      const detail = failure ? ` ${failure.message}` : violations.map(({ message }) => ` ${message}`).join("");
      return `${id}: ${outcome} ${path} ${peers?.offerer.selectedTransport}${detail}`;
    });
    const name = "turn.example.org";
    expect(cameTo).toEqual([
      "home: connected relayed udp",
      "symmetric: connected relayed udp",
      "cgnat: connected relayed udp",
      expect.stringMatching(/^udp-blocked: connected relayed (tcp|tls)$/),
      expect.stringMatching(/^web-only: connected relayed (tcp|tls)$/),
      "tls-443: connected relayed tls",
      "home relay-to-relay: connected relayed udp",
      `home turn:${name}:3478?transport=udp: connected relayed udp`,
      `home turn:${name}:3478?transport=tcp: connected relayed tcp`,
      `home turns:${name}:5349?transport=tcp: connected relayed tls`,
      `home turn:${name}:443?transport=udp: connected relayed udp`,
      `home turn:${name}:443?transport=tcp: connected relayed tcp`,
    ]);
    expect(JSON.stringify(context.events)).not.toContain("a-rotated-password");
  });
});
