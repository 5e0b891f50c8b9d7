import { describe } from "vitest";
import { describeFindings, findEngine, whyNotOurs } from "./engine.ts";

/** Set by `./turnlab test`: a test that needs Docker then fails without it instead of being skipped. */
const isRequired = process.env.TURNLAB_REQUIRE_DOCKER === "1";
const skipReason = isRequired ? null : await whyNoEngine();

/**
 * `describe` for tests on a real engine. Where none answers, the tests are skipped under a name that says why and what
 * to do; with TURNLAB_REQUIRE_DOCKER=1 they run, and fail.
 */
export function describeDocker(name: string, tests: () => void): void {
  if (skipReason === null) describe(name, tests);
  else describe.skip(`${name} [skipped: ${skipReason}]`, tests);
}

async function whyNoEngine(): Promise<string | null> {
  const found = await findEngine();
  if ("docker" in found) return null;
  const why = whyNotOurs(found)?.message ?? `no Docker engine answers (${describeFindings(found)}); run ./turnlab test`;
  return why.replaceAll(/\s*\n\s*/g, " ");
}
