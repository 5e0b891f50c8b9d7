import { didYouMean } from "../../model/nearest.ts";
import type { CheckInput } from "./checked-config.ts";
import type { Rule } from "./rule.ts";

/** What a template leaves open; all else of it is checked. */
export function placeholderRules(values: CheckInput["values"]): readonly Rule[] {
  return [
    {
      ...PLACEHOLDER,
      find: (config) =>
        config.missing
          .filter(({ isSecret }) => !isSecret)
          .map(({ name, text, line, key }) => ({
            line,
            option: key,
            expected: `a value for ${key}`,
            found: `the placeholder ${text}`,
            reason: `${[didYouMean(name, [...values.keys()]).hint, "coturn takes it as it stands."].filter(Boolean).join(" ")} Fill it with --set "${name}=VALUE", or with ${name}=VALUE in an --env-file.`,
          })),
    },
    {
      ...SECRET_PLACEHOLDER,
      find: (config) =>
        config.missing
          .filter(({ isSecret }) => isSecret)
          .map(({ line, key }) => ({
            line,
            option: key,
            expected: `a secret for ${key} when it is deployed`,
            found: "a placeholder",
            reason:
              "A secret belongs into no repository; where it is deployed unfilled, everybody who reads the file knows it.",
          })),
    },
  ];
}

const PLACEHOLDER = {
  id: "placeholder",
  severity: "error",
  title: "A placeholder without a value.",
} as const;

const SECRET_PLACEHOLDER = {
  id: "secret-placeholder",
  severity: "note",
  title: "A placeholder for a secret.",
} as const;
