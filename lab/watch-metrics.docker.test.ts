import { beforeAll, expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import { upLab } from "./lab-up.ts";
import type { RunEvent } from "./model/events.ts";
import type { FabricProcess } from "./net/fabric.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "./test-lab.ts";
import { watchMetrics } from "./watch-metrics.ts";

/**
 * No coturn: a plain HTTP server, in the place where a coturn with Prometheus would listen, because Debian's package is built
 * without it. It shows the way to the endpoint, and what is said where that leads nowhere; how coturn counts, it cannot show.
 */
const PLAIN_SERVER = `
let asked = 0;
const answer = (request, response) => {
  if (request.url !== "/metrics") return response.writeHead(404).end();
  if (process.argv[1] === "mute") return;
  asked += 1;
  response.end('# TYPE asked counter\\nasked{by="lab"} ' + asked + '\\n');
};
require("node:http").createServer(answer).listen(9641, "127.0.0.1", () => console.log("listens"));
`;

describeDocker("what a server counts itself", () => {
  let context: LabContext & { events: RunEvent[] };
  beforeAll(async () => {
    context = await testContext();
  });

  it("is nothing in Debian's coturn; of who answers it is read before and after, and who falls silent is told of", async () => {
    const turnServers = { turn: { options: { prometheus: true } }, plain: {} };
    await using lab = await upLab("metrics", topologyOf({ turnServers }, "internet", "internet"), context);
    const serve = async (...words: string[]): Promise<FabricProcess> => {
      const argv = ["node", "-e", PLAIN_SERVER, "--", ...words];
      const server = await lab.fabric.spawn("plain-server", argv, { netns: lab.pids.turn ?? 0 });
      await new Promise<void>((resolve) => server.onLine(() => resolve()));
      return server;
    };
    const end = (server: FabricProcess) =>
      new Promise<void>((resolve, reject) => {
        server.onEnd(() => resolve());
        server.kill().catch(reject);
      });
    const said = () => eventsOf(context.events, "turn_server_metrics").map(({ changes, note }) => ({ changes, note }));

    const watch = () => watchMetrics("metrics", lab, context, 0);

    const none = await watch();
    await none.finish();
    expect(said()).toEqual([{ changes: null, note: "before the load: connect ECONNREFUSED 127.0.0.1:9641" }]);

    const server = await serve();
    const both = await watch();
    const lost = await watch();
    await both.finish();
    expect(said().slice(1)).toEqual([{ changes: { asked: 2 }, note: null }]);
    await end(server);
    const mute = await serve("mute");
    const startedAt = performance.now();
    await lost.finish();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(said().at(-1)).toEqual({ changes: null, note: "after the load: no answer within 2000 ms" });
    await end(mute);
  });
});
