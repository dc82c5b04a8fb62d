import { CONFIG, PASSFILE, SSH } from "./host.ts";
import type { PracticeNode } from "./state.ts";

interface Line {
	readonly file: string;
	/** From 1. */
	readonly line: number;
	readonly text: string;
}

/** The lines of the files whose paths begin so, without comments. */
function linesOf({ etc }: PracticeNode, path: string): readonly Line[] {
	return [...etc]
		.filter(([file]) => file.startsWith(path))
		.flatMap(([file, { content }]) =>
			content.split("\n").map((text, index) => ({ file, line: index + 1, text })),
		)
		.filter(({ text }) => text !== "" && !text.startsWith("#"));
}

/** A line of a drop-in. */
export interface FileSetting {
	readonly name: string;
	/** As it is shown: without quotes, and in the largest unit that fits. */
	readonly value: string;
	readonly file: string;
	readonly line: number;
}

/** What the drop-ins of postgresql.conf say. It counts at once: nothing here waits for a reload. */
export function configuredOn(node: PracticeNode): readonly FileSetting[] {
	return linesOf(node, `${CONFIG}/conf.d/`).flatMap(({ file, line, text }) => {
		const [, name, quoted, plain = ""] = /^(\w+) = (?:'(.*)'|(.*))$/.exec(text) ?? [];
		const value = quoted?.replaceAll("''", "'") ?? plain;
		return name === undefined ? [] : [{ name, value: inLargestUnit(value), file, line }];
	});
}

function inLargestUnit(value: string): string {
	const [, megabytes] = /^(\d+)MB$/.exec(value) ?? [];
	return Number(megabytes) % 1024 === 0 ? `${Number(megabytes) / 1024}GB` : value;
}

/** A line of pg_hba.conf. */
export interface HbaRule {
	readonly file: string;
	readonly line: number;
	readonly type: string;
	readonly database: string;
	readonly user: string;
	/** Null: a local one. */
	readonly address: string | null;
	readonly netmask: string | null;
	readonly method: string;
}

export function hbaRules(node: PracticeNode): readonly HbaRule[] {
	return linesOf(node, `${CONFIG}/pg_hba.conf`).map(({ file, line, text }) => {
		const [type = "", database = "", user = "", ...rest] = text.split(/\s+/);
		const [place = "", method = ""] = type === "local" ? ["", rest[0]] : rest;
		const [address = null, bits = "32"] = place === "" ? [] : place.split("/");
		const netmask = address === null ? null : addressText(maskOf(Number(bits)));
		return { file, line, type, database, user, address, netmask, method };
	});
}

const maskOf = (bits: number): number => (bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
const numberOf = (address: string): number =>
	address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const addressText = (number: number): string => [24, 16, 8, 0].map((by) => (number >>> by) & 255).join(".");

/** What pg_hba.conf is asked about. */
export interface Login {
	/** From which the server sees it come. */
	readonly address: string;
	readonly database: string;
	readonly user: string;
	readonly isEncrypted: boolean;
}

/** The method that the first line of pg_hba.conf that matches asks for; null: none matches. */
export function methodFor(node: PracticeNode, login: Login): string | null {
	const { address, database, user, isEncrypted } = login;
	const found = hbaRules(node).find(
		(rule) =>
			(rule.type === "host" || (rule.type === "hostssl" && isEncrypted)) &&
			rule.netmask !== null &&
			(numberOf(address) & numberOf(rule.netmask)) >>> 0 ===
				(numberOf(rule.address ?? "") & numberOf(rule.netmask)) >>> 0 &&
			(rule.database === database || (rule.database === "all" && database !== "replication")) &&
			(rule.user === user || rule.user === "all"),
	);
	return found?.method ?? null;
}

/** Does postgres on a host have the password of a role on another one? */
export function hasPassword(from: PracticeNode, host: string, database: string, user: string): boolean {
	return linesOf(from, PASSFILE).some(({ text }) => text.startsWith(`${host}:5432:${database}:${user}:`));
}

/** What postgres may run as root. */
export function sudoCommands(node: PracticeNode): readonly string[] {
	return linesOf(node, "/etc/sudoers.d/").flatMap(({ text }) => {
		const [, commands] = /^postgres ALL=\(root\) NOPASSWD: (.*)$/.exec(text) ?? [];
		return commands?.split(", ") ?? [];
	});
}

/** "systemctl start UNIT", with the path of systemctl. A command alone allows all of its words. */
export function maySudo(node: PracticeNode, command: string): boolean {
	const [program = ""] = command.split(" ");
	return sudoCommands(node).some((allowed) => allowed === command || allowed === program);
}

/** What the unit of repmgrd runs. */
export function daemonCommand(node: PracticeNode): string {
	const line = linesOf(node, "/etc/systemd/system/repmgrd.service").find(({ text }) =>
		text.startsWith("ExecStart="),
	);
	return line?.text.slice("ExecStart=".length) ?? "";
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The public keys of a host, and of postgres there. */
export const hostKeyOf = ({ host }: Pick<PracticeNode, "host">): string =>
	`ssh-ed25519 ${base64(`host key of ${host}`)}`;
export const keyOf = ({ host }: Pick<PracticeNode, "host">): string =>
	`ssh-ed25519 ${base64(`postgres at ${host}`)}`;

/** Does postgres there know the key of another host? */
export function knowsHost(from: PracticeNode, target: PracticeNode): boolean {
	return linesOf(from, `${SSH}/known_hosts`).some(({ text }) => text.includes(hostKeyOf(target)));
}

/** Is postgres let in there from another host? */
export function acceptsKey(target: PracticeNode, from: PracticeNode): boolean {
	return linesOf(target, `${SSH}/authorized_keys`).some(({ text }) => text.includes(keyOf(from)));
}
