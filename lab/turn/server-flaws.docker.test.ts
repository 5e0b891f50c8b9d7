import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import { CREDENTIAL_FLAWS, type CredentialFlaw, type IceServerRef, type TurnServerSpec } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { credentialFlawsOf } from "../scenario/credential-flaw-faults.ts";
import { testContext, topologyOf } from "../test-lab.ts";

describeDocker("a server that is told something wrong", () => {
  let lab: StartedLab;

  beforeAll(async () => {
    const turnServers: Record<string, TurnServerSpec> = {
      users: {},
      minted: { secrets: ["open-sesame"] },
    };
    lab = await upLab("flaws", topologyOf({ turnServers }, "internet", "internet"), await testContext());
  });
  afterAll(() => lab?.down());

  /** Allocates and sends as a peer with this entry in its list would. */
  async function relayWith(ref: Exclude<IceServerRef, string> & { server: string }) {
    const lists = lab.iceServers.forSession({
      session: 1,
      vu: 1,
      refs: { offerer: [ref], answerer: [] },
      signal: new AbortController().signal,
      onFetch: () => {},
    });
    const [{ username = "", credential: password = "" } = {}] = await lists.obtain("offerer");
    const address = lab.turnServers[ref.server]?.address ?? "";
    return lab.observer.ask("turn-relay-check", { transport: "udp", address, port: 3478, username, password });
  }

  it.each(["users", "minted"])(
    "answers 401 to every flaw of a credential of %s, and takes the right one",
    async (server) => {
      const urls = ["udp" as const];
      expect(await relayWith({ server, urls })).toMatchObject({ received: true });
      const flaws = credentialFlawsOf(server === "minted");
      expect(CREDENTIAL_FLAWS).toEqual(expect.arrayContaining([...flaws]));
      const answers = await Promise.all(
        flaws.map(async (credential: CredentialFlaw) =>
          relayWith({ server, urls, credential }).then(
            () => [credential, "taken"],
            (error: unknown) => [credential, (error as { code?: string }).code],
          ),
        ),
      );
      expect(answers).toEqual(flaws.map((flaw) => [flaw, "turn_unauthorized"]));
    },
  );
});
