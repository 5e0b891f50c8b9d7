import type Dockerode from "dockerode";
import { LABEL } from "./container-events.ts";

/** A container can be created and, if the harness is killed in that moment, never started: nothing else can be left. */
const ABANDONED_AFTER_S = 30;

type Swept = { id: string; name: string; run: string; state: string };

/** Removes containers that a former run created and never started. `all`: every container with our label. */
export async function sweep(
  docker: Dockerode,
  { all = false, abandonedAfterS = ABANDONED_AFTER_S } = {},
): Promise<Swept[]> {
  const found = await docker.listContainers({ all: true, filters: JSON.stringify({ label: [LABEL.run] }) });
  const now = Date.now() / 1000;
  const doomed = found.filter(({ State, Created }) => all || (State === "created" && now - Created >= abandonedAfterS));
  await Promise.all(
    doomed.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch(() => {}),
    ),
  );
  return doomed.map(({ Id, Labels, State }) => ({
    id: Id,
    name: Labels[LABEL.node] ?? Id.slice(0, 12),
    run: Labels[LABEL.run] ?? "",
    state: State,
  }));
}
