import type { RepmgrEvent } from "../../model/server-reading.ts";
import type { RegisteredRow } from "../../probe/server/parse.ts";
import { BASTION, NO_TABLES, type PracticeNode, type Tables } from "./state.ts";

/** How much of the tables' past is kept. */
const MOST_EVENTS = 200;
const ROW_CHANGE_BYTES = 264;

/** Whose note it is: the cluster's, the operator's who breaks it by hand, the console's on its screen, or the operator's. */
type NoteOf = "happened" | "broken" | "seen" | "you";

/** The nodes of a simulated cluster, the network between them, and its time. */
export class Cluster {
	readonly nodes: readonly PracticeNode[];
	#speed: number;
	/** Its own time when the speed was set, and when that was, epoch ms. */
	#passedMs = 0;
	#speedSetAt = Date.now();
	/** What it was asked and can't answer. */
	readonly unknown: string[] = [];
	/** What happened, for the debrief, by the cluster's own time. */
	readonly notes: { readonly ms: number; readonly of: NoteOf; readonly text: string }[] = [];
	/** Commits that a rewind has discarded. */
	lostCommits = 0;
	readonly #cuts = new Set<string>();
	#pid = 1000;

	constructor(nodes: readonly PracticeNode[], speed = 1) {
		this.nodes = nodes;
		this.#speed = speed;
	}

	/** How many times faster than real its delays pass; what servers and hosts tell has the times of the wall's clock. */
	get speed(): number {
		return this.#speed;
	}

	set speed(speed: number) {
		this.#passedMs = this.ownMs();
		this.#speedSetAt = Date.now();
		this.#speed = speed;
	}

	/** Milliseconds of its own time since its beginning: of these a lesson consists. */
	ownMs(): number {
		return this.#passedMs + (Date.now() - this.#speedSetAt) * this.#speed;
	}

	node(nodeId: number): PracticeNode {
		const found = this.nodes.find((node) => node.nodeId === nodeId);
		if (found === undefined) throw new Error(`no node ${nodeId} in this practice`);
		return found;
	}

	/** By its host's name or address. */
	nodeAt(place: string): PracticeNode | null {
		return this.nodes.find(({ host, address }) => place === host || place === address) ?? null;
	}

	note(text: string, of: NoteOf = "happened"): void {
		this.notes.push({ ms: this.ownMs(), of, text });
	}

	nextPid(): number {
		this.#pid += 1 + (this.#pid % 3);
		return this.#pid;
	}

	/** Milliseconds of the cluster's own time as those of the clock. */
	ms(milliseconds: number): number {
		return milliseconds / this.speed;
	}

	sleep(milliseconds: number): Promise<void> {
		return new Promise((resolve) => setTimeout(resolve, this.ms(milliseconds)));
	}

	cut(one: number, other: number, isCut: boolean): void {
		const key = [one, other].sort().join(" ");
		if (isCut) this.#cuts.add(key);
		else this.#cuts.delete(key);
	}

	/** A node against all others and this machine. */
	cutOff(node: PracticeNode, isCut: boolean): void {
		for (const other of [BASTION, ...this.nodes.map(({ nodeId }) => nodeId)]) {
			if (other !== node.nodeId) this.cut(node.nodeId, other, isCut);
		}
	}

	isCutOff(node: PracticeNode): boolean {
		return this.nodes.every((other) => other === node || !this.reaches(other.nodeId, node.nodeId));
	}

	reaches(one: number, other: number): boolean {
		return one === other || !this.#cuts.has([one, other].sort().join(" "));
	}

	/** Does a new connection from there get an answer of the node's server? */
	answers(fromId: number, node: PracticeNode): boolean {
		const { server } = node;
		const isOpen = server !== null && !server.isFrozen && !server.isStopping && server.readyAt <= Date.now();
		return isOpen && this.reaches(fromId, node.nodeId);
	}
}

/** Does its server accept writes? */
export function isPrimary({ server, data, isWitness }: PracticeNode): boolean {
	return server !== null && !data.isStandby && !isWitness;
}

/** What its tables show now: a standby's as far as it has replayed. */
export function tablesOf({ data }: PracticeNode): Tables {
	const seen = data.isStandby ? data.replayed : data.end;
	return data.versions.findLast(({ lsn }) => lsn <= seen)?.tables ?? data.versions[0]?.tables ?? NO_TABLES;
}

/** Changes the tables of a server that accepts writes. */
export function write(node: PracticeNode, change: (tables: Tables) => Tables): void {
	const { data } = node;
	const tables = change(tablesOf(node));
	data.end += ROW_CHANGE_BYTES;
	data.replayed = data.end;
	data.versions = [...data.versions.slice(-MOST_EVENTS), { lsn: data.end, tables }];
}

/** Writes an event of repmgr. */
export function writeEvent(
	to: PracticeNode,
	{ nodeId }: PracticeNode,
	event: string,
	details: string,
	successful = true,
): void {
	const timestamp = new Date().toISOString().replace("Z", "000Z");
	const entry: RepmgrEvent = { nodeId, event, successful, timestamp, details };
	write(to, (tables) => ({ ...tables, events: [entry, ...tables.events].slice(0, MOST_EVENTS) }));
}

/** Changes rows of repmgr.nodes. */
export function writeRows(to: PracticeNode, change: (row: RegisteredRow) => RegisteredRow): void {
	write(to, (tables) => ({ ...tables, rows: tables.rows.map(change) }));
}

/** Replaces all rows of repmgr.nodes. */
export function replaceRows(to: PracticeNode, rows: readonly RegisteredRow[]): void {
	write(to, (tables) => ({ ...tables, rows: rows.toSorted((a, b) => a.node_id - b.node_id) }));
}

/** "2026-11-23 07:58:21.279" and "2026-11-23 07:58:21", UTC. */
export function logToPostgres(node: PracticeNode, text: string, pid = node.server?.pid ?? 0): void {
	const at = new Date().toISOString().replace("T", " ").replace("Z", "");
	node.logs.postgresql.push(`${at} UTC [${pid}] ${text}`);
}

export function logToRepmgrd(node: PracticeNode, level: string, text: string): void {
	const at = new Date().toISOString().slice(0, 19).replace("T", " ");
	node.logs.repmgrd.push(`[${at}] [${level}] ${text}`);
}
