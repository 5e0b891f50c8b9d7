import { chosenLinkTool } from "../lab/net/links/link-tool.ts";
import { InvalidInput } from "./invalid-input.ts";

/** Looks at what the environment asks of a lab before anything is started. @throws InvalidInput */
export function checkEnvironment(): void {
  try {
    chosenLinkTool();
  } catch (error) {
    throw new InvalidInput(error instanceof Error ? error.message : String(error));
  }
}
