import { type Fault, isOurs } from "../model/fault.ts";
import type { HostReading, ProcessReading } from "../model/host-reading.ts";
import { current, hostReadingSinceAnswer, type NodeState, refusingPostmaster } from "../model/node-state.ts";
import type { ServerReading } from "../model/server-reading.ts";
import type { NodeStatus } from "../model/snapshot.ts";
import type { Attachment } from "./upstream.ts";

/** A status and the evidence for it as text; null when all is well. */
export interface DeterminedStatus {
	readonly status: NodeStatus;
	readonly detail: string | null;
}

/** The status of a node, never beyond the evidence. */
export function determineStatus(state: NodeState, attachment: Attachment | null): DeterminedStatus {
	const server = current(state.server);
	if (server === null) {
		return state.server.fault === null
			? { status: "unknown", detail: null }
			: statusOfFault(state, state.server.fault.fault, ...hostEvidence(state));
	}
	const ping = state.ping.fault?.fault;
	if (ping?.kind === "timeout") {
		return { status: "hung", detail: "open sessions are served, but a new connection gets no answer" };
	}
	if (ping?.kind === "refused") {
		return { status: "refusing", detail: "open sessions are served, but new connections are refused" };
	}
	if (!server.inRecovery) return { status: "running", detail: null };
	switch (attachment?.attached) {
		case true:
			return attachment.sender && attachment.sender.state !== null && attachment.sender.state !== "streaming"
				? { status: "catching up", detail: `its walsender is in state "${attachment.sender.state}"` }
				: { status: "streaming", detail: null };
		case false:
			return { status: "detached", detail: detachedDetail(server) };
		default:
			return { status: "running", detail: "whether it receives WAL is not visible" };
	}
}

function detachedDetail({ walReceiver, restoresFromArchive }: ServerReading): string {
	const status = walReceiver?.status ?? null;
	const receiver = status === null ? "no walreceiver runs" : `its walreceiver is in state "${status}"`;
	return restoresFromArchive ? `${receiver}; it reads WAL from the archive (restore_command)` : receiver;
}

/** The host's reading since the server last answered, or why there is none. */
function hostEvidence(state: NodeState): [HostReading | null, Fault | null] {
	const isNewFault = (state.host.fault?.at ?? 0) > (state.server.good?.at ?? 0);
	return [hostReadingSinceAnswer(state), isNewFault ? (state.host.fault?.fault ?? null) : null];
}

function statusOfFault(
	state: NodeState,
	fault: Fault,
	host: HostReading | null,
	hostFault: Fault | null,
): DeterminedStatus {
	if (isOurs(fault)) return { status: "unknown", detail: fault.message };
	if (fault.code === "57P03") {
		return { status: /shutting down/.test(fault.message) ? "stopping" : "starting", detail: fault.message };
	}
	switch (fault.kind) {
		case "authentication":
		case "permission":
		case "protocol":
		case "command":
			return { status: "rejecting", detail: fault.message };
		case "refused":
			return host === null
				? { status: "refusing", detail: withHost(fault.message, hostFault) }
				: statusOfRefusing(fault, host, refusingPostmaster(state));
		case "timeout":
			return { status: "hung", detail: hungDetail(fault, host) };
		case "name":
			if (host?.postmaster === false) return { status: "stopped", detail: stoppedDetail(host) };
			return { status: "unresolved", detail: withHost(fault.message, hostFault) };
		case "unreachable":
			if (host?.postmaster === false) return { status: "stopped", detail: stoppedDetail(host) };
			return {
				status: "unreachable",
				detail:
					host === null
						? withHost(fault.message, hostFault)
						: `${fault.message}, though its host answers SSH`,
			};
	}
}

function statusOfRefusing(
	fault: Fault,
	host: HostReading,
	postmaster: ProcessReading | null,
): DeterminedStatus {
	if (host.postmaster === false) return { status: "stopped", detail: stoppedDetail(host) };
	return postmaster === null
		? { status: "refusing", detail: fault.message }
		: { status: "refusing", detail: `${fault.message}, though postmaster ${postmaster.pid} runs` };
}

function stoppedDetail(host: HostReading): string {
	if (host.controlData === null) return "its host has no postmaster";
	const { state, timeline, checkpointLsn } = host.controlData;
	const clean = state.startsWith("shut down")
		? "shut down cleanly"
		: `ended without a shutdown (control data: "${state}")`;
	return `no postmaster: ${clean}, last checkpoint ${checkpointLsn ?? "unknown"} on timeline ${timeline ?? "unknown"}`;
}

function hungDetail(fault: Fault, host: HostReading | null): string {
	const postmaster = host?.postmaster;
	return postmaster && postmaster.state === "T"
		? `${fault.message}: its postmaster (${postmaster.pid}) is frozen (SIGSTOP)`
		: fault.message;
}

function withHost(message: string, hostFault: Fault | null): string {
	return hostFault === null ? message : `${message}; SSH: ${hostFault.message}`;
}
