import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { engineEndpoints } from "./engine-endpoints.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "turnlab-home-"));
  mkdirSync(join(home, ".docker"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function storeContext(name: string, host: string, withTls = false): void {
  const id = createHash("sha256").update(name).digest("hex");
  mkdirSync(join(home, ".docker/contexts/meta", id), { recursive: true });
  const meta = { Name: name, Endpoints: { docker: { Host: host } } };
  writeFileSync(join(home, ".docker/contexts/meta", id, "meta.json"), JSON.stringify(meta));
  if (withTls) mkdirSync(join(home, ".docker/contexts/tls", id, "docker"), { recursive: true });
}
const use = (name: string) =>
  writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ currentContext: name }));

it("without any choice: the default socket, then rootless ones", () => {
  const hosts = engineEndpoints({ env: { XDG_RUNTIME_DIR: "/run/user/7" }, home }).map(({ host }) => host);
  expect(hosts).toEqual([
    "unix:///var/run/docker.sock",
    "unix:///run/user/7/docker.sock",
    `unix://${home}/.docker/run/docker.sock`,
  ]);
});

it("DOCKER_HOST is the only one, context or not", () => {
  use("colima");
  storeContext("colima", "unix:///colima.sock");
  const endpoints = engineEndpoints({ env: { DOCKER_HOST: "tcp://10.0.0.1:2375" }, home });
  expect(endpoints).toEqual([{ source: "DOCKER_HOST", host: "tcp://10.0.0.1:2375", chosen: true }]);
});

it("the current context, with its certificates", () => {
  use("far");
  storeContext("far", "tcp://far:2376", true);
  expect(engineEndpoints({ env: {}, home })).toEqual([
    {
      source: "docker context far",
      host: "tcp://far:2376",
      chosen: true,
      certPath: expect.stringContaining("/contexts/tls/"),
    },
  ]);
});

it("DOCKER_CONTEXT before the current one", () => {
  use("far");
  storeContext("near", "unix:///near.sock");
  expect(engineEndpoints({ env: { DOCKER_CONTEXT: "near" }, home })).toMatchObject([{ host: "unix:///near.sock" }]);
});

it("the context called default is no choice", () => {
  use("default");
  expect(engineEndpoints({ env: {}, home })[0]).toMatchObject({ source: "default socket", chosen: false });
});

it("a context that is not stored stays the one that was asked for", () => {
  use("gone");
  expect(engineEndpoints({ env: {}, home })).toEqual([{ source: "docker context gone", host: "", chosen: true }]);
});
