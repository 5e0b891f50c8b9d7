import type { AgentSettings } from "../protocol.ts";

export type BrowserName = "chromium" | "firefox";

/** What a browser is started with; all of it is fixed while it runs. */
export type BrowserSettings = Pick<AgentSettings, "proxy" | "mdns" | "dumps"> & {
  /** Base64 of the DER of each authority that it trusts beside its own. */
  certificates: readonly string[];
};

/** How one browser is started, as data. */
export type BrowserPlan = {
  executable: string;
  /** Without the page, which comes last. */
  args: string[];
  env: Record<string, string>;
  /** Policies, which are the machine's, by absolute path; preferences go into its profile. */
  files: { path: string; content: string }[];
  profileFiles: { name: string; content: string }[];
};

/** `profile`: a folder of its own for each start. */
export type PlanBrowser = (settings: BrowserSettings, profile: string) => BrowserPlan;
