import { ClusterFailure } from "../failure.ts";
import { setBastionSight, setCable, setPair } from "../network.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { startSlowLink, stopSlowLink } from "../slow-link.ts";
import type { Faults } from "./fault.ts";

function pairOf(
	instance: Instance,
	host: HostIdentity,
	name: string | undefined,
): [HostIdentity, HostIdentity] {
	const other = instance.hosts.find((candidate) => candidate.name === name);
	if (other && other.name !== host.name) return [host, other];
	throw new ClusterFailure("cut-pair needs the name of a second host", {
		hint: "For example: fault cut-pair node1 node2.",
	});
}

function wholeNumber(text: string, what: string): number {
	if (/^\d{1,6}$/.test(text)) return Number(text);
	throw new ClusterFailure(`invalid ${what}: "${text}"`, { detail: "It is a whole number." });
}

export const networkFaults: Faults = {
	cut: {
		about: "The host's network is a black hole, for everyone.",
		start: async (instance, host) => await setCable(instance, host, "down"),
		heal: async (instance, host) => await setCable(instance, host, "up"),
	},
	"cut-pair": {
		about: "Two hosts do not reach each other; everyone else reaches both.",
		usage: "OTHER",
		start: async (instance, host, [other]) => await setPair(instance, pairOf(instance, host, other), "cut"),
		heal: async (instance, host, [other]) => await setPair(instance, pairOf(instance, host, other), "whole"),
	},
	"cut-bastion": {
		about: "The bastion does not reach the host; the other hosts do.",
		start: async (instance, host) => await setBastionSight(instance, host, "cut"),
		heal: async (instance, host) => await setBastionSight(instance, host, "whole"),
	},
	"slow-link": {
		about: "A round trip to the host takes longer (default 200 ms); its rate may be limited too.",
		usage: "[MILLISECONDS [KBIT]]",
		start: async (instance, host, [milliseconds = "200", kbit = "0"]) =>
			await startSlowLink(instance, host, {
				roundTripMs: wholeNumber(milliseconds, "number of milliseconds"),
				kbit: wholeNumber(kbit, "rate in kilobits a second"),
			}),
		heal: async (instance, host) => await stopSlowLink(instance.prefix, host.name),
	},
};
