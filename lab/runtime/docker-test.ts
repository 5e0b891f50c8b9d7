import { describe } from "vitest";
import { describeFindings, findEngine, whyNotOurs } from "./engine.ts";

/** Set by `./turnlab test`: a test that needs Docker then fails without it instead of being skipped. */
const isRequired = process.env.TURNLAB_REQUIRE_DOCKER === "1";

/**
 * `describe` for tests on a real engine. Where none answers, the tests are skipped under a name that says why and what
 * to do; with TURNLAB_REQUIRE_DOCKER=1 they run, and fail.
 */
export async function describeDocker(name: string, tests: () => void): Promise<void> {
  const engine = await findEngine();
  if ("docker" in engine || isRequired) {
    describe(name, tests);
    return;
  }
  const why = (whyNotOurs(engine)?.message ?? describeFindings(engine)).replaceAll(/\s*\n\s*/g, " ");
  describe.skip(`${name} [skipped: ${why} Or run ./turnlab test, which provides one where it can.]`, tests);
}
