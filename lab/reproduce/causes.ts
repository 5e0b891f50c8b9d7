import type { FailureCode } from "../model/failure.ts";
import type { Cause } from "./cause.ts";
import { ALLOCATION } from "./causes/allocation.ts";
import { AUTHENTICATION } from "./causes/authentication.ts";
import { ICE_SERVER_API } from "./causes/ice-server-api.ts";
import { MID_CALL } from "./causes/mid-call.ts";
import { PEERS } from "./causes/peers.ts";
import { REACH } from "./causes/reach.ts";
import { RELAY } from "./causes/relay.ts";

/** Every cause that the lab can build into a call. */
export const CAUSES: Partial<Record<FailureCode, Cause>> = {
  ...ICE_SERVER_API,
  ...REACH,
  ...AUTHENTICATION,
  ...ALLOCATION,
  ...RELAY,
  ...PEERS,
  ...MID_CALL,
};
