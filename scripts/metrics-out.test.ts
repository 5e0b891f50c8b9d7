import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exampleRun } from "../reports/example-run.ts";
import { findProgram } from "../reports/openmetrics/test-programs.ts";
import { metricsOutOf } from "./metrics-out.ts";
import { Pusher, pushGatewayOf } from "./push-gateway.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type Asked = { method: string; url: string; headers: IncomingMessage["headers"]; body: string };

/** Something at a port of loopback that answers HTTP with `status`, and what it was asked. */
async function gatewayThatSays(status: number, said = "", headers: Record<string, string> = {}) {
  const asked: Asked[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers: given } = incoming;
    asked.push({ method, url, headers: given, body: Buffer.concat(chunks).toString() });
    response.writeHead(status, headers).end(said);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  cleanups.push(() => server.close());
  return { asked, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createTcp();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function served(): Promise<{
  url: string;
  said: string[];
  out: NonNullable<Awaited<ReturnType<typeof metricsOutOf>>>;
}> {
  const out = await metricsOutOf({ metrics: 0 }, "run-1");
  if (!out) throw new Error("nothing is served");
  cleanups.push(() => out.end());
  const said: string[] = [];
  out.begin((line) => said.push(line));
  const [url = ""] = /http:\S+\/metrics/.exec(said.join("\n")) ?? [];
  return { url, said, out };
}

describe("--metrics", () => {
  it("serves both formats by what is asked for, on loopback, until the end", async () => {
    const { url, out } = await served();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(await (await fetch(url, { headers: { accept: "application/openmetrics-text" } })).text()).toBe("# EOF\n");
    for (const event of exampleRun()) out.add(event);
    const plain = await fetch(url);
    expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await plain.text()).toContain("\n# TYPE turnlab_sessions_finished_total counter\n");
    const open = await fetch(url, { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
    expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(await open.text()).toMatch(/\n# UNIT turnlab_connect_time_seconds seconds\n[\s\S]*\n# EOF\n$/);
    expect((await fetch(new URL("/other", url))).status).toBe(404);
    await out.end();
    await expect(fetch(url)).rejects.toThrow();
  });

  it("answers nobody who came by another name: a page elsewhere can have its name point here", async () => {
    const { url } = await served();
    const { hostname, port } = new URL(url);
    const asking = request({ hostname, port, path: "/metrics", headers: { host: `elsewhere.example:${port}` } });
    asking.end();
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(421);
  });

  it("is bad input where its port is another's", async () => {
    const { host } = await gatewayThatSays(200);
    const [, port = ""] = host.split(":");
    await expect(metricsOutOf({ metrics: Number(port) }, "run-1")).rejects.toThrow(
      new RegExp(`--metrics ${port}\\n.*a port of 127\\.0\\.0\\.1 that is free\\n.*one that is in use\\n.*--metrics=0`),
    );
  });

  it("is nothing where nobody asks", async () => expect(await metricsOutOf({}, "run-1")).toBeNull());
});

describe("--push-gateway", () => {
  const push = async (url: string, text = "turnlab_up 1\n", everyMs = 10_000) => {
    const warnings: string[] = [];
    const pusher = new Pusher(pushGatewayOf(url), {
      runId: "2026-03-14T09-26-53-k3v9",
      text: () => text,
      warn: (line) => warnings.push(line),
      everyMs,
    });
    return { pusher, warnings };
  };

  it("puts the group of a job and a run, again and again and at the end, each in place of the last", async () => {
    const { asked, host } = await gatewayThatSays(200);
    const { pusher, warnings } = await push(`http://al%40ice:s3cret@${host}/prefix/`, "turnlab_up 1\n", 20);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
    await pusher.end();
    const { length } = asked;
    for (const { method, url, body, headers } of asked) {
      expect([method, url, body]).toEqual([
        "PUT",
        "/prefix/metrics/job/turnlab/run/2026-03-14T09-26-53-k3v9",
        "turnlab_up 1\n",
      ]);
      expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(headers.authorization).toBe(`Basic ${Buffer.from("al@ice:s3cret").toString("base64")}`);
    }
    expect(warnings).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked).toHaveLength(length);
  });

  it("is told once when it fails, without its credentials, and nothing else comes of it", async () => {
    const { host, asked } = await gatewayThatSays(400, "pushed metrics are\ninvalid");
    const { pusher, warnings } = await push(`http://alice:s3cret@${host}`, "turnlab_up 1\n", 20);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
    await pusher.end();
    expect(warnings).toEqual([
      `warning: metrics were not pushed to http://${host}: HTTP 400 pushed metrics are invalid; the run goes on, and this is said once`,
    ]);
  });

  it("that is not there is told, too", async () => {
    const { pusher, warnings } = await push(`http://alice:s3cret@127.0.0.1:${await freePort()}`);
    await pusher.end();
    expect(warnings.join()).toMatch(/ECONNREFUSED/);
    expect(warnings.join()).not.toMatch(/s3cret|alice/);
  });

  it("that sends elsewhere is not followed: credentials are for it alone", async () => {
    const other = await gatewayThatSays(200);
    const { host } = await gatewayThatSays(307, "", { location: `http://${other.host}/` });
    const { pusher, warnings } = await push(`http://alice:s3cret@${host}`);
    await pusher.end();
    expect(other.asked).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it("is bad input where it is no URL of one, told without its password", () => {
    for (const written of [
      "gateway:9091",
      "9091",
      "ftp://alice:s3cret@gateway",
      "http://gateway?x=1",
      "alice:s3cret@gateway:9091",
    ]) {
      let message = "";
      try {
        pushGatewayOf(written);
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).toMatch(/--push-gateway\n.*the http: or https: URL of a Pushgateway/);
      expect(message).not.toContain("s3cret");
    }
  });
});

const [prometheus, gateway] = ["prometheus", "prometheus-pushgateway"].map(findProgram);

describe.skipIf(!gateway)("a real Pushgateway", () => {
  it("takes all of it, and keeps the last", async () => {
    const port = await freePort();
    const program = spawn(gateway ?? "", [`--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
    cleanups.push(() => program.kill("SIGKILL"));
    const base = `http://127.0.0.1:${port}`;
    await vi.waitFor(async () => expect((await fetch(`${base}/-/ready`)).status).toBe(200), 10_000);
    const out = await metricsOutOf({ pushGateway: base }, "run-1");
    const said: string[] = [];
    out?.begin((line) => said.push(line));
    for (const event of exampleRun()) out?.add(event);
    await out?.end();
    expect(said).toEqual([`metrics: pushed to ${base} as job turnlab, run run-1`]);
    const kept = await (await fetch(`${base}/metrics`)).text();
    expect(kept).toMatch(/^turnlab_run_status\{.*job="turnlab",run="run-1",status="errored"\} 1$/m);
    expect(kept).toMatch(/^push_failure_time_seconds\{instance="",job="turnlab",run="run-1"\} 0$/m);
  });
});

describe.skipIf(!prometheus)("a real Prometheus", () => {
  it("scrapes OpenMetrics, keeps types and units, and answers what the dashboard asks", async () => {
    const { url, out } = await served();
    for (const event of exampleRun()) out.add(event);
    const folder = mkdtempSync(join(tmpdir(), "turnlab-prometheus-"));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const target = new URL(url).host;
    writeFileSync(
      `${folder}/prometheus.yml`,
      `scrape_configs: [{ job_name: turnlab, scrape_interval: 1s, static_configs: [{ targets: ["${target}"] }] }]`,
    );
    const port = await freePort();
    const words = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    const program = spawn(prometheus ?? "", [...words, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
    cleanups.push(async () => {
      program.kill("SIGKILL");
      await once(program, "exit");
    });
    const ask = async (path: string) =>
      (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json() as Promise<{ data: unknown }>;
    const query = async (expr: string) => {
      const { data } = (await ask(`query?query=${encodeURIComponent(expr)}`)) as {
        data: { result: { value: [number, string] }[] };
      };
      return data.result.map(({ value: [, value] }) => Number(value));
    };
    await vi.waitFor(async () => expect(await query('up{job="turnlab"}')).toEqual([1]), {
      timeout: 20_000,
      interval: 200,
    });
    expect(await query('sum(turnlab_sessions_finished_total{scenario="mobile-to-home"})')).toEqual([80]);
    const [p95] = await query(
      'histogram_quantile(0.95, sum by (le) (turnlab_connect_time_seconds_bucket{scenario="udp-blocked-office"}))',
    );
    expect(p95).toBeCloseTo(5.425, 6);
    const { data } = await ask("metadata?metric=turnlab_connect_time_seconds");
    expect(data).toMatchObject({ turnlab_connect_time_seconds: [{ type: "histogram", unit: "seconds" }] });
  }, 40_000);
});
