import { randomBytes } from "node:crypto";
import type { Inventory, InventoryNode } from "../model/inventory.ts";
import type { Shell } from "../transport/ports.ts";
import type { HostSurvey } from "./host-survey.ts";

/** The hosts of an inventory, by the nodes' names. */
export type Shells = ReadonlyMap<string, Shell>;

/** What a plan is made from. */
export interface Situation {
	readonly inventory: Inventory;
	/** By the node's name; every node has one. */
	readonly surveys: ReadonlyMap<string, HostSurvey>;
	/** Addresses from which the hosts see this console log in. */
	readonly seenFrom: readonly string[];
	readonly passwords: Passwords;
}

/** Of repmgr's role and the console's: those of the hosts' password files, else new ones. */
export interface Passwords {
	readonly repmgr: string;
	readonly console: string;
}

export function surveyOf({ surveys }: Situation, { name }: Pick<InventoryNode, "name">): HostSurvey {
	const survey = surveys.get(name);
	if (survey === undefined) throw new Error(`host of "${name}" was not surveyed`);
	return survey;
}

export function nodeOf({ nodes }: Inventory, name: string | null): InventoryNode {
	const node = nodes.find((one) => one.name === name);
	if (node === undefined) throw new Error(`there is no node "${name}"`);
	return node;
}

export function primaryOf({ nodes }: Inventory): InventoryNode {
	const primary = nodes.find(({ role }) => role === "primary");
	if (primary === undefined) throw new Error("an inventory without a primary");
	return primary;
}

/** The port on which the hosts' sshd listen for each other. */
export function sshPort({ nodes }: Inventory): number {
	const ports = new Set(nodes.map(({ ssh }) => (ssh.host === undefined ? (ssh.port ?? 22) : 22)));
	const [port = 22] = ports;
	return ports.size === 1 ? port : 22;
}

/** The major version; the hosts agree on it once nothing is refused. */
export function versionOf({ inventory, surveys }: Pick<Situation, "inventory" | "surveys">): number {
	return inventory.postgresql.version ?? [...surveys.values()][0]?.version ?? 0;
}

/** The addresses from which a node connects, and by which the others know it. */
export function addressesOf({ inventory, surveys }: Situation, node: InventoryNode): readonly string[] {
	const known = inventory.nodes.flatMap((other) =>
		(surveys.get(other.name)?.name ?? []).filter(([name]) => name === node.host && other !== node),
	);
	const own = surveys.get(node.name)?.source ?? [];
	return [...new Set([...known, ...own].map(([, address]) => address))]
		.filter((one) => !isLoopback(one))
		.sort();
}

export function isLoopback(address: string): boolean {
	return address === "::1" || address.startsWith("127.");
}

/** The other node from which a server is seen to receive WAL; null: none, or it is not known which. */
export function senderOf(situation: Situation, node: InventoryNode): InventoryNode | null {
	const { sql, name } = surveyOf(situation, node);
	const sender = sql?.sender ?? null;
	if (sender === null) return null;
	const isSender = (other: InventoryNode): boolean =>
		other.host === sender ||
		name.some(([host, address]) => host === other.host && address === sender) ||
		addressesOf(situation, other).includes(sender);
	const senders = situation.inventory.nodes.filter((other) => other !== node && isSender(other));
	return senders.length === 1 ? (senders[0] ?? null) : null;
}

/** Passwords that need no quoting anywhere. */
const PASSWORD = /^[A-Za-z0-9]{16,64}$/;

/** Those that an earlier bootstrap has left on the hosts, so that any bastion can go on; else new ones. */
export function passwordsOf(inventory: Inventory, surveys: Iterable<HostSurvey>): Passwords {
	const lines = [...surveys].flatMap(({ files }) => files.get("pgpass")?.content.split("\n") ?? []);
	const known = (user: string | undefined): string | undefined =>
		lines
			.filter((line) => !line.startsWith("#"))
			.map((line) => line.split(":"))
			.find((fields) => fields.at(-2) === user && PASSWORD.test(fields.at(-1) ?? ""))
			?.at(-1);
	return {
		repmgr: known(inventory.repmgr.user) ?? newPassword(),
		console: known(inventory.console?.user) ?? newPassword(),
	};
}

/** 190 bits. */
function newPassword(): string {
	return Array.from(randomBytes(32), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/** 64 would be even; two of the 256 / 62 are a little more likely. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
