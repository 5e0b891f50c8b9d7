import { findProgram } from "./find-program.ts";
import { runProgram } from "./run-program.ts";

const UPDATE_TIMEOUT_MS = 180_000;
const INSTALL_TIMEOUT_MS = 600_000;

/** Whether this process may install distribution packages. */
export function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && findProgram("apt-get") !== null;
}

/** Installs Debian or Ubuntu packages without their recommendations. Needs root. */
export async function installPackages(packages: readonly string[], say: (line: string) => void): Promise<void> {
  say(`installing ${packages.join(", ")} with apt-get`);
  // RUNLEVEL=1: without systemd, no package starts its daemon (invoke-rc.d); Docker's would change the host's network.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  // Two runs at once: the second waits for the first one's lock.
  const common = ["-q", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"];
  await runProgram("apt-get", [...common, "update"], { env, timeoutMs: UPDATE_TIMEOUT_MS });
  const install = [...common, "install", "-y", "--no-install-recommends", ...packages];
  await runProgram("apt-get", install, { env, timeoutMs: INSTALL_TIMEOUT_MS });
}
