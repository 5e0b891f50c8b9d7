import { type IceServerProviderName, providerFacts } from "../model/ice-server-api.ts";
import type { ProviderKeys } from "./provider.ts";

/** The user's keys for a provider's real endpoint, or the names of the variables that are missing. */
export function environmentKeys(
  provider: IceServerProviderName,
  environment: Readonly<Record<string, string | undefined>>,
): { keys: ProviderKeys } | { missing: string[] } {
  const { keys: names, optionalKeys = [] } = providerFacts(provider);
  const given = Object.entries(names).map(([key, variable]) => ({
    key,
    variable,
    value: environment[variable] || null,
  }));
  const missing = given.filter(({ key, value }) => value === null && !optionalKeys.includes(key));
  const wrong = given.filter(({ key, value }) => key === "url" && value !== null && !isHttpUrl(value));
  if (wrong.length > 0) return { missing: wrong.map(({ variable }) => `an http or https URL as ${variable}`) };
  // Each of Metered's two keys opens a list, but one of them is needed.
  const isKeyless = provider === "metered" && given.every(({ key, value }) => key === "app" || value === null);
  if (missing.length > 0 || isKeyless) {
    const needed = isKeyless ? [...missing, ...given.filter(({ key }) => key === "secretKey")] : missing;
    return { missing: needed.map(({ variable }) => variable) };
  }
  return { keys: Object.fromEntries(given.flatMap(({ key, value }) => (value === null ? [] : [[key, value]]))) };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
