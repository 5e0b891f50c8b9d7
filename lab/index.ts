/** The lab's public surface: what scenarios and scripts may use. */
export type { RunEvent } from "./model/events.ts";
export type { Scenario } from "./model/scenario.ts";
export { defineScenario } from "./scenario/define-scenario.ts";
