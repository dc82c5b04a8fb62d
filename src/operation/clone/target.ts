import { type Login, loginOf } from "../../libpq/registered.ts";
import type { BarmanBackup, BarmanPlace } from "../../model/barman.ts";
import type { LinkedPlace } from "../../model/clone-survey.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { cutName, quoted } from "../../text/words.ts";
import { type Facts, hostOf, isUsingSlots, serverUnitOf } from "../plan/facts.ts";

/** The node that is cloned, and how commands are run on its host: it may have no row yet. */
export interface CloneTarget {
	readonly nodeId: number;
	/** In quotes. */
	readonly name: string;
	/** Has it no row yet? */
	readonly isNew: boolean;
	readonly user: string;
	readonly configFile: string;
	readonly repmgr: string;
	/** Of its server; "": its service commands use no systemctl. */
	readonly unit: string;
	readonly psql: string;
	/** To its own server. */
	readonly login: Login;
	readonly dataDirectory: string;
	readonly usesSlots: boolean;
}

/** A backup of Barman, and how to reach it. */
export interface BarmanCopy extends BarmanPlace {
	readonly backup: BarmanBackup;
	/** WAL files that are replayed from Barman first. */
	readonly walFiles: number;
	/** Set for the new server, as repmgr.conf has none; "": repmgr.conf has one, or there is none. */
	readonly madeRestoreCommand: string;
}

/** A clone with all that its steps depend on. */
export interface Clone {
	readonly target: CloneTarget;
	readonly upstream: NodeView;
	/** The directories outside of the data directory that its links lead to. */
	readonly linked: readonly Pick<LinkedPlace, "link" | "directory">[];
	/** pg_basebackup_options. */
	readonly options: string;
	/** The upstream's checkpoint before the copy is as slow as its own are. */
	readonly isCheckpointSpread: boolean;
	/** Its server runs now. */
	readonly isRunning: boolean;
	/** It runs, and is seen to go on; it is started; or it stays as it is. */
	readonly repmgrd: "runs" | "is started" | "is left";
	/** repmgr.conf names Barman, which repmgr uses unless it is told not to. */
	readonly hasBarman: boolean;
	/** The backup that is copied instead of the upstream; null: pg_basebackup makes a copy. */
	readonly barman: BarmanCopy | null;
	/** keep: under a dated name. afterwards, first: it is deleted once the new server streams, or to make room for the copy. */
	readonly old: "keep" | "discard afterwards" | "discard first";
	/** The upstream has the node's own slot already. */
	readonly hasSlot: boolean;
	/** Where it has a slot that it will not use any more. */
	readonly formerUpstream: NodeView | null;
}

/** The slot that keeps WAL on the upstream from before the copy until the new server streams; also the copy's application_name. */
export function cloneSlot({ nodeId }: Pick<CloneTarget, "nodeId">): string {
	return `repmgr_console_clone_${nodeId}`;
}

/** The node's own slot, by repmgr's name for it (repmgr-client.c, create_slot_name). */
export function ownSlot({ nodeId }: Pick<CloneTarget, "nodeId">): string {
	return `repmgr_slot_${nodeId}`;
}

export function targetOf(facts: Facts, node: NodeView, dataDirectory: string): CloneTarget {
	const host = hostOf(facts, node.nodeId).value;
	return {
		nodeId: node.nodeId,
		name: quoted(node),
		isNew: false,
		user: facts.ownerOn(node.nodeId) ?? DATABASE_OWNER,
		configFile: node.registered.configFile,
		repmgr: host?.repmgr?.path ?? "repmgr",
		unit: serverUnitOf(host)?.unit ?? "",
		psql: host?.psql ?? "psql",
		login: node.registered,
		dataDirectory,
		usesSlots: isUsingSlots(facts, node.nodeId),
	};
}

/** The same on a host without a row; null: its repmgr.conf does not say which node it is. */
export function targetOn({ unregisteredHost: there, clone: read }: Facts): CloneTarget | null {
	const host = there?.survey.value;
	const nodeId = host?.configuredNodeId ?? null;
	const { node_name: nodeName, conninfo = "" } = host?.look.repmgrConf ?? {};
	if (there === undefined || host === undefined || nodeId === null || nodeName === undefined) return null;
	return {
		nodeId,
		name: `"${cutName(nodeName)}"`,
		isNew: true,
		user: there.user,
		configFile: there.configFile,
		repmgr: host.repmgr?.path ?? "repmgr",
		unit: serverUnitOf(host)?.unit ?? "",
		psql: host.psql,
		login: loginOf(conninfo, nodeName),
		dataDirectory: read?.value?.dataDirectory ?? "",
		usesSlots: read?.value?.usesSlots ?? false,
	};
}
