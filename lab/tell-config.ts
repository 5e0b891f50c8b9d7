import type { LabContext } from "./lab-context.ts";
import type { LabSpec } from "./plan-lab.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";
import { findingsOfVersion } from "./turn-config/option-findings.ts";
import { parseConfig } from "./turn-config/parse-config.ts";
import { maskSecrets } from "./turn-config/secrets.ts";
import { shownOptions } from "./turn-config/shown-config.ts";

/** Says what a server was given beside the user's turnserver.conf, if it runs one. */
export function tellConfig(
  scenario: string,
  { name, configured, image, found }: TurnServerPlan,
  { emit }: Pick<LabContext, "emit">,
): void {
  if (!configured) return;
  const { config, supplied, overridden } = configured;
  // Read for any version, where the image was not looked into yet.
  const ofVersion =
    image !== undefined && found?.version ? findingsOfVersion(parseConfig(config.text), found.version) : [];
  emit({
    type: "turn_config_read",
    at: Date.now(),
    scenario,
    server: name,
    file: config.file,
    lines: shownOptions(config.text),
    filled: config.filled,
    supplied,
    overridden,
    warnings: [...config.warnings, ...ofVersion].map(({ severity: _, ...warning }) => warning),
  });
}

/** A context whose log shows no secret that servers are given; `mask` does the same for what errors say. */
export function withMaskedLog(
  context: LabContext,
  { topology, changes = [], configs = {} }: Pick<LabSpec, "topology" | "changes" | "configs">,
): LabContext & { mask: (text: string) => string } {
  const secrets = [
    ...Object.values(configs).flatMap((config) => config.secrets),
    ...Object.values(topology.turnServers ?? {}).flatMap((server) => server.secrets ?? []),
    ...changes.flatMap((change) => ("secrets" in change ? change.secrets : [])),
  ].toSorted((a, b) => b.length - a.length);
  const mask = (text: string) => maskSecrets(text, secrets);
  return { ...context, log: (scenario, node, text) => context.log(scenario, node, mask(text)), mask };
}
