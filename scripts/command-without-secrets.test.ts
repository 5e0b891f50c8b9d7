import { expect, it } from "vitest";
import { commandWithoutSecrets } from "./command-without-secrets.ts";

it("leaves what repeats a run, and takes out what opens something", () => {
  const words = ["run", "two-homes", "--set", "SECRET=a=b", "--set=IP=34.1.2.3", "--turn-user", "alice"];
  expect(commandWithoutSecrets([...words, "--turn-password", "wonderland", "--turn-password=x", "--json"])).toEqual([
    "run",
    "two-homes",
    "--set",
    "SECRET=***",
    "--set=IP=***",
    "--turn-user",
    "alice",
    "--turn-password",
    "***",
    "--turn-password=***",
    "--json",
  ]);
});

it("takes out a value without its name", () => {
  expect(commandWithoutSecrets(["run", "--set", "secret"])).toEqual(["run", "--set", "***"]);
});
