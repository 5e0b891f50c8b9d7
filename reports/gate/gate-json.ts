import type { GateReport } from "../../lab/model/gate.ts";

/** gate.json. Credentials have no place in a profile that is reported; should one be there, it goes no further. */
export function renderGateJson(report: GateReport): string {
  const iceServers = report.profile.iceServers.map(({ urls }) => ({ urls }));
  return `${JSON.stringify({ ...report, profile: { ...report.profile, iceServers } }, null, 2)}\n`;
}
