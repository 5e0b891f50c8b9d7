/** What a browser peer's container runs, below its init. The browser and all its processes go with the container. */
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { openAgentLine } from "../agent-line.ts";
import { type AgentSettings, KEY_LOG } from "../protocol.ts";
import type { BrowserName } from "./browser-plan.ts";
import { Keeper } from "./keeper.ts";
import { PageServer } from "./page-server.ts";
import { pageStarter } from "./start-browser.ts";

const serving = PageServer.start();

openAgentLine(({ send, die }) => {
  let settings: AgentSettings | null = null;
  const keeper = new Keeper(
    hostname(),
    async (events) => pageStarter(process.argv[2] as BrowserName, settings ?? {}, await serving)(events),
    send,
  );
  return {
    onHello: (hello) => {
      const given = settingsOf(hello);
      // A browser has them from its start.
      if (settings !== null && !isDeepStrictEqual(given, settings))
        return die("the settings of a browser cannot be changed: expected those of the first hello again");
      if (settings !== null) return;
      settings = given;
      if (given.keys) keepKeys();
      void keeper.start().then((browser) => send({ type: "ready", ...(browser ? { browser } : {}) }));
    },
    onCommand: (message, receivedAtMs) => {
      if (message.type === "dump") void keeper.dump().then((dump) => send({ type: "dump", ...dump }));
      else keeper.receive(message, receivedAtMs);
    },
  };
});

/** The browser takes it from its environment, and makes the file itself. */
function keepKeys(): void {
  mkdirSync(dirname(KEY_LOG), { recursive: true });
  process.env.SSLKEYLOGFILE = KEY_LOG;
}

function settingsOf({ proxy, mdns, dumps, keys }: AgentSettings): AgentSettings {
  return {
    ...(proxy ? { proxy } : {}),
    ...(mdns === undefined ? {} : { mdns }),
    ...(dumps ? { dumps } : {}),
    ...(keys ? { keys } : {}),
  };
}
