import { afterAll, beforeAll, expect, it } from "vitest";
import { NAT_BEHAVIOURS } from "../../model/nat.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { OUTSIDE, type RulesSpec, type TestRouter, upTestRouter } from "../../test-router.ts";

const COMBINATIONS = NAT_BEHAVIOURS.flatMap((mapping) => NAT_BEHAVIOURS.map((filtering) => ({ mapping, filtering })));
const ROUNDS = 10;
/** How coturn's tool says it. */
const WORDS = {
  "endpoint-independent": "Endpoint Independent",
  "address-dependent": "Address Dependent",
  "address-and-port-dependent": "Address and Port Dependent",
};

describeDocker("every mapping with every filtering", () => {
  let router: TestRouter;

  beforeAll(async () => {
    router = await upTestRouter("shared", { turn: {} });
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  /** coturn's own tool, from its container's files, in a peer's place. */
  const discover = async (): Promise<string[]> => {
    const { fabric, pids } = router.lab;
    const said = await fabric.exec([
      ...["nsenter", `--mount=/proc/${pids.turn}/ns/mnt`, `--net=/proc/${pids.offerer}/ns/net`, "--"],
      ...["turnutils_natdiscovery", "-m", "-f", OUTSIDE[0]],
    ]);
    return said.split("\n").filter((line) => line.startsWith("NAT with"));
  };

  it.each(COMBINATIONS)("$mapping, $filtering is what our probe says, ten times out of ten", async (combination) => {
    for (const hairpinning of [false, true]) {
      const spec: RulesSpec = { nat: { ...combination, hairpinning, tcp: combination } };
      await router.load(spec);
      for (let round = 0; round < ROUNDS / 2; round += 1) expect(await router.look(spec)).toEqual([]);
    }
  });

  it.each(COMBINATIONS)(
    "$mapping, $filtering is what turnutils_natdiscovery says, ten times out of ten",
    async (nat) => {
      await router.load({ nat });
      const verdict = [`NAT with ${WORDS[nat.mapping]} Mapping!`, `NAT with ${WORDS[nat.filtering]} Filtering!`];
      const rounds = await Promise.all(Array.from({ length: ROUNDS }, discover));
      expect(rounds).toEqual(rounds.map(() => verdict));
    },
  );
});
