/** The lab's public surface: what scenarios and scripts may use. */

export type { AllocationScenario, AllocationSpec } from "./model/allocation-load.ts";
export type { PeerEngine } from "./model/engine.ts";
export type { EngineDifference } from "./model/engine-difference.ts";
export type { RunEvent } from "./model/events.ts";
export type { FailureCode } from "./model/failure.ts";
export type { FieldFailure } from "./model/field-failure.ts";
export type { PortRule } from "./model/firewall.ts";
export type { ConfigEdit, GateFault, GateMutation, GateMutations } from "./model/gate-mutation.ts";
export type { GridCellSpec, GridScenario } from "./model/grid.ts";
export type { IceUrlKind } from "./model/ice.ts";
export type { IceServerApiFault, IceServerApiSpec, IceServerProviderName } from "./model/ice-server-api.ts";
export type { IceServerPolicy } from "./model/ice-server-policy.ts";
export type { NatData } from "./model/nat.ts";
export { NAT_PRESETS, type NatPreset, type NatPresetName } from "./model/nat-presets.ts";
export type { ListenerSpec, OtherServer } from "./model/other-server.ts";
export type { Scenario } from "./model/scenario.ts";
export type {
  CredentialFlaw,
  IceServerRef,
  PeerSpec,
  RawIceServer,
  RouterSpec,
  Topology,
  TurnServerSpec,
} from "./model/topology.ts";
export {
  defineAllocations,
  defineFailure,
  defineGateMutations,
  defineGrid,
  defineScenario,
} from "./scenario/define-scenario.ts";
