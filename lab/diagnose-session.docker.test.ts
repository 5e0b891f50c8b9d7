import { afterAll, beforeAll, expect, it } from "vitest";
import { SessionDiagnoser } from "./diagnose-session.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import { makeCall } from "./make-call.ts";
import type { FailureCode } from "./model/failure.ts";
import type { CredentialFlaw, IceServerRef, Topology } from "./model/topology.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { testContext } from "./test-lab.ts";

const SECRET = "diagnosed-s3cret";

/** Behind symmetric NATs nothing connects without a relay, so that what the TURN server said is why a call failed. */
const topology: Topology = {
  routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
  turnServers: {
    fixed: { firewall: ["udp:3478", "udp:3479"] },
    minted: { secrets: [SECRET] },
    renamed: { keyRealm: "old.example.org" },
  },
};

describeDocker("diagnosing sessions", () => {
  let lab: StartedLab;
  let diagnoser: SessionDiagnoser;
  let context: Awaited<ReturnType<typeof testContext>>;
  let session = 0;
  const peers = { offerer: { behind: "near", iceServers: [] }, answerer: { behind: "far", iceServers: [] } };

  beforeAll(async () => {
    context = await testContext();
    lab = await upLab("diagnosed", { topology, peers }, context);
    diagnoser = new SessionDiagnoser({
      scenario: "diagnosed",
      topology,
      peers,
      lab,
      context,
      isExclusive: false,
      isGrid: false,
    });
  });
  afterAll(() => lab?.down());

  const call = async (ref: IceServerRef) => {
    const iceServers = [ref];
    session += 1;
    const where = { scenario: "diagnosed", session, vu: 1, iteration: session };
    const ends = { offerer: { peer: "offerer", iceServers }, answerer: { peer: "answerer", iceServers } };
    const made = await makeCall(lab, { ...ends, sessionTimeoutMs: 8_000 }, where, {
      emit: context.emit,
      signal: context.signal,
      diagnose: diagnoser.diagnose,
    });
    if (!made) throw new Error("interrupted");
    return made.finished;
  };

  it.concurrent("tells every kind of refused credential apart, by asking again with one thing changed", async () => {
    const flawed = [
      ["fixed", "wrong-password", "turn_wrong_password"],
      ["fixed", "unknown-user", "turn_unknown_user"],
      ["fixed", "time-limited", "turn_credential_mode"],
      ["minted", "expired", "turn_credential_expired"],
      ["minted", "milliseconds", "turn_credential_milliseconds"],
      ["minted", "wrong-secret", "turn_wrong_secret"],
      ["minted", "sha256", "turn_wrong_hash"],
      ["minted", "hex", "turn_wrong_hash"],
      ["minted", "fixed-user", "turn_credential_mode"],
      ["renamed", undefined, "turn_wrong_realm"],
    ] as const satisfies readonly (readonly [string, CredentialFlaw | undefined, FailureCode])[];
    const found = await Promise.all(
      flawed.map(async ([server, credential]) => {
        const { failure, diagnosis } = await call({ server, urls: ["udp"], ...(credential ? { credential } : {}) });
        return [server, credential, failure?.code, diagnosis?.code, diagnosis?.confidence];
      }),
    );
    expect(found).toEqual(
      flawed.map(([server, credential, code]) => [server, credential, "turn_unauthorized", code, "certain"]),
    );
  }, 40_000);

  it.concurrent("tells a port that nobody listens on from one that is closed, and looks at alike calls once", async () => {
    const raw = (port: number): IceServerRef => ({
      urls: `turn:fixed.lab.test:${port}?transport=udp`,
      ...context.credential,
      credential: context.credential.password,
    });
    const [dead, again, closed] = await Promise.all([call(raw(3479)), call(raw(3479)), call(raw(5000))]);
    expect(dead.diagnosis).toMatchObject({ code: "turn_not_listening", confidence: "certain" });
    expect([dead.diagnosedAs, again.diagnosedAs].filter((of) => of !== undefined)).toHaveLength(1);
    expect(again.diagnosis).toEqual(dead.diagnosis);
    expect(closed.diagnosis).toMatchObject({ code: "turn_firewalled", confidence: "certain" });
    const secrets = [SECRET, context.credential.password];
    for (const secret of secrets) expect(JSON.stringify(context.events)).not.toContain(secret);
  }, 40_000);
});
