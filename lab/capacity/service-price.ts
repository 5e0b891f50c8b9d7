import type { Figure, ManagedService, PlannedService } from "../model/capacity-plan.ts";

/** What a managed service bills for: minutes of relayed participants, and gigabytes in a month. */
type Traffic = { participantMinutes: number; egress: Figure; clients: Figure };

/** What a managed service would cost in a month; null where its price list, as far as it is known, does not say. */
export function priceOf(service: ManagedService, traffic: Traffic): PlannedService {
  const { name, bills, source, date, note } = service;
  return { name, ...billed(bills, traffic), source: { source, date, ...(note === undefined ? {} : { note }) } };
}

function billed(bills: ManagedService["bills"], traffic: Traffic): Pick<PlannedService, "monthly" | "how"> {
  const { participantMinutes, egress, clients } = traffic;
  switch (bills.by) {
    case "participant-minute": {
      const minutes = Math.round(participantMinutes);
      return {
        monthly: cents(participantMinutes * bills.price),
        how: `${minutes} minutes of relayed participants at ${bills.price}`,
      };
    }
    case "gigabyte": {
      const gigabytes = clients.value ?? 0;
      const paid = Math.max(0, gigabytes - bills.freeGigabytes);
      const how = `${gigabytes} GB to clients at ${bills.price}, the first ${bills.freeGigabytes} free`;
      return { monthly: cents(paid * bills.price), how };
    }
    case "package": {
      const gigabytes = egress.value ?? 0;
      if (gigabytes <= bills.freeGigabytes)
        return { monthly: 0, how: `${gigabytes} GB, within its ${bills.freeGigabytes} free ones` };
      if (gigabytes <= bills.gigabytes)
        return { monthly: bills.monthly, how: `${gigabytes} GB, within ${bills.gigabytes}` };
      return { monthly: null, how: `${gigabytes} GB: no price is known above ${bills.gigabytes}` };
    }
    case "unknown":
      return { monthly: null, how: "no price is known" };
  }
}

const cents = (amount: number) => Number(amount.toFixed(2));
