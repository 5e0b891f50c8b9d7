import { getContainerRuntimeClient } from "testcontainers";

/**
 * Lets testcontainers find its engine once, before the first container. It would ask the `bridge` network for a
 * gateway, or start a helper image to look for one, so as to reach published ports; the lab publishes none, and its own
 * engine has no bridge.
 */
export function prepareTestcontainers(): Promise<unknown> {
  process.env.TESTCONTAINERS_HOST_OVERRIDE ??= "127.0.0.1";
  client ??= getContainerRuntimeClient();
  return client;
}

let client: Promise<unknown> | undefined;
