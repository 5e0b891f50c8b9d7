import { parseIceUrlKind } from "../model/ice.ts";
import { didYouMean } from "../model/nearest.ts";
import { PLACEHOLDERS, placeholdersIn } from "../model/other-server.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";

/** `NAME`, `HOST:PORT/PATH/NAME`, with `:TAG`, `@sha256:…` or both (OCI distribution, reference grammar). */
const NAME_PART = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const REFERENCE = new RegExp(
  String.raw`^(?:[A-Za-z0-9.-]+(?::\d+)?/)?${NAME_PART}(?:/${NAME_PART})*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

export const REFERENCE_EXPECTED = "an image's reference, such as coturn/coturn:4.16.0";

export function isImageReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Keys of a server that say something to a coturn, and nothing to another server. */
const OF_COTURN = ["options", "config"];

/** Faults of the image that a server runs from, and of a server that is not coturn. */
export function imageFaults(place: string, server: unknown): Fault[] {
  const image = valueAt(server, ["image"]);
  if (typeof image === "string") return referenceFaults(`${place}.image`, image);
  if (!isRecord(image)) return [];
  return [
    ...referenceFaults(`${place}.image.reference`, image.reference),
    ...OF_COTURN.filter((key) => valueAt(server, [key]) !== undefined).map((key) => ({
      place: `${place}.${key}`,
      expected: `no ${key}: it is for coturn, and image describes a server that is not`,
      found: show(valueAt(server, [key])),
      hint: "An image that carries a turnserver is named by its reference alone; another server has command, env and files.",
    })),
    ...(valueAt(server, ["certificate"]) === "expired" ? [expiredFault(`${place}.certificate`)] : []),
    ...listenerFaults(`${place}.image.listeners`, image.listeners),
    ...relayPortFaults(`${place}.image.relayPorts`, image.relayPorts),
    ...membersAt(image, "files").flatMap(([path]) => pathFaults(`${place}.image.files`, path)),
    ...textsOf(image).flatMap(({ at, text }) => placeholderFaults(`${place}.image.${at}`, text)),
  ];
}

function expiredFault(place: string): Fault {
  const expected =
    "another flaw: whether TLS is up behind a certificate that nobody may take is asked over TCP, as a coturn allows";
  return { place, expected, found: show("expired") };
}

function referenceFaults(place: string, reference: unknown): Fault[] {
  // Something that is no text, or none, is told already.
  if (typeof reference !== "string" || reference === "" || isImageReference(reference)) return [];
  return [{ place, expected: REFERENCE_EXPECTED, found: show(reference) }];
}

function listenerFaults(place: string, listeners: unknown): Fault[] {
  if (!Array.isArray(listeners)) return [];
  return listeners.flatMap((listener: unknown, index): Fault[] => {
    if (typeof listener !== "string") return [];
    const parsed = parseIceUrlKind(listener);
    const expected = 'a transport and a port, such as "udp:3478" or "tls:5349"';
    if (parsed?.use !== "turn" || parsed.port === null)
      return [{ place: `${place}[${index}]`, expected, found: show(listener) }];
    if (listeners.indexOf(listener) === index) return [];
    return [{ place: `${place}[${index}]`, expected: "each listener once", found: show(listener) }];
  });
}

function relayPortFaults(place: string, ports: unknown): Fault[] {
  const [min, max] = [valueAt(ports, ["min"]), valueAt(ports, ["max"])];
  if (typeof min !== "number" || typeof max !== "number" || min <= max) return [];
  return [{ place, expected: "a range from its first port to its last", found: `${min} to ${max}` }];
}

function pathFaults(place: string, path: string): Fault[] {
  if (/^\/[^/]/.test(path) && !path.split("/").includes("..")) return [];
  return [{ place, expected: "absolute paths in the container", found: show(path) }];
}

function placeholderFaults(place: string, text: string): Fault[] {
  const known = Object.keys(PLACEHOLDERS);
  return placeholdersIn(text)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      place,
      expected: `a placeholder that there is: ${known.map((one) => `{{${one}}}`).join(", ")}`,
      found: `{{${name}}}`,
      ...didYouMean(name, known),
    }));
}

/** Every text in which placeholders stand. */
function textsOf(image: Record<string, unknown>): { at: string; text: string }[] {
  const command = Array.isArray(image.command) ? image.command.map((text, index) => [`command[${index}]`, text]) : [];
  const named = ["env", "files"].flatMap((key) =>
    membersAt(image, key).map(([name, text]) => [`${key}[${JSON.stringify(name)}]`, text]),
  );
  return [...command, ...named].flatMap(([at, text]) => (typeof text === "string" ? [{ at: String(at), text }] : []));
}
