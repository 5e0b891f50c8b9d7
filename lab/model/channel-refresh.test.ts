import { expect, it } from "vitest";
import { channelRefresh } from "./channel-refresh.ts";

it.each([
  [{}, {}],
  [{ "channel-lifetime": 600, "permission-lifetime": 300 }, {}],
  // A longer permission does not make a channel last.
  [{ "permission-lifetime": 3_600 }, {}],
  [{ "channel-lifetime": "60" }, { channelRefreshSeconds: 30 }],
  [{ "channel-lifetime": 600, "permission-lifetime": 5 }, { channelRefreshSeconds: 2 }],
  [{ "permission-lifetime": 1 }, { channelRefreshSeconds: 1 }],
  [{ "permission-lifetime": "nonsense", "channel-lifetime": 0 }, {}],
])("of %j is %j", (options, expected) => {
  expect(channelRefresh(options)).toEqual(expected);
});
