import type { CheckFinding } from "../../model/check.ts";
import { type CheckInput, checkConfig } from "../check-config.ts";
import { parseConfig } from "../parse-config.ts";
import { fillPlaceholders } from "../placeholders.ts";
import { maskFindings } from "./mask-findings.ts";
import { sourceFinding } from "./source-rules.ts";

const BYTE_ORDER_MARK = "\uFEFF";

/** A turnserver.conf as a file: what stands in it, and in front of it. */
export function checkConfigFile(input: CheckInput): CheckFinding[] {
  const { text, values } = input;
  return maskFindings(findingsOf(input), parseConfig(fillPlaceholders(text, parseConfig(text), values)));
}

function findingsOf({ text, ...input }: CheckInput): CheckFinding[] {
  if (!text.startsWith(BYTE_ORDER_MARK)) return checkConfig({ ...input, text });
  const rest = text.slice(1);
  const first = rest.split("\n", 1)[0] ?? "";
  const isLost = parseConfig(first).length > 0;
  const mark = sourceFinding("byte-order-mark", {
    file: input.file,
    line: 1,
    expected: "a file that begins with its first line",
    found: "a byte order mark before it",
    reason: `coturn takes it for the beginning of a key${isLost ? ", and leaves that line out" : ", and says in its log that it does not know that one"}.`,
    fix: "Save the file as UTF-8 without BOM.",
  });
  // The option of that line is none to coturn; without it the line numbers stay.
  const taken = isLost ? rest.slice(first.length) : rest;
  return [isLost ? { ...mark, severity: "error" } : mark, ...checkConfig({ ...input, text: taken })];
}
