import type { InventoryNode } from "../model/inventory.ts";
import { listed } from "../text/words.ts";
import { hostAuthorityRefusals } from "./authority.ts";
import { packagesOf } from "./host-steps.ts";
import { archiveRefusals, operationRefusals, ownershipRefusals, placeRefusals } from "./ownership.ts";
import type { Refusal } from "./refusal.ts";
import {
	addressesOf,
	isLoopback,
	primaryOf,
	type Situation,
	senderOf,
	surveyOf,
	versionOf,
} from "./situation.ts";

/** Hosts that differ more than this are told apart from slow answers. */
const MOST_CLOCK_MS = 2000;
/** An empty server, its first WAL, the packages, and some room. */
const LEAST_DISK_KB = 500_000;

/** When a host answered, by this machine's clock: between sending and receiving. */
export interface Asked {
	readonly sentAt: number;
	readonly receivedAt: number;
}

/** Everything that keeps the inventory's cluster from being made on these hosts; nothing has been changed. */
export function refusalsOf(situation: Situation, asked: ReadonlyMap<string, Asked>): readonly Refusal[] {
	const { inventory } = situation;
	return [
		...operationRefusals(inventory, situation.surveys),
		...versionRefusals(situation),
		...inventory.nodes.flatMap((node) => [
			...hostRefusals(situation, node),
			...ownershipRefusals(inventory, node, surveyOf(situation, node)),
			...placeRefusals(node, surveyOf(situation, node)),
			...networkRefusals(situation, node),
		]),
		...clockRefusals(situation, asked),
		...roleRefusals(situation),
	];
}

function versionRefusals({ inventory, surveys }: Situation): readonly Refusal[] {
	if (inventory.postgresql.version !== null) return [];
	const versions = inventory.nodes.map(({ name }) => [name, surveys.get(name)?.version ?? null] as const);
	if (new Set(versions.map(([, version]) => version)).size === 1) return [];
	return [
		{
			key: "postgresql.version",
			message: "the hosts offer different versions of PostgreSQL with repmgr",
			detail: `${listed(versions.map(([name, version]) => `${name}: ${version ?? "none"}`))}.`,
			hint: `Say which one in ${inventory.file}: postgresql: {version: …}`,
		},
	];
}

function hostRefusals(situation: Situation, node: InventoryNode): readonly Refusal[] {
	const survey = surveyOf(situation, node);
	const version = versionOf(situation);
	const { port } = situation.inventory.postgresql;
	const { name } = node;
	const families = [survey.os, ...survey.like.split(" ")];
	if (!families.includes("debian") || survey.apt === undefined || survey.systemd === undefined) {
		return [
			{
				message: `host of "${name}" runs ${survey.release || "an unknown system"}`,
				detail: "Only Debian and Ubuntu, with apt and systemd, can be set up.",
			},
		];
	}
	const missing = packagesOf(version)
		.slice(0, 2)
		.filter(
			(one) =>
				!survey.installed.some(([installed]) => installed === one) &&
				!survey.offered.some(([, offered]) => offered === one),
		);
	const free = survey.disk?.[1] ?? null;
	return [
		...(missing.length > 0
			? [
					{
						key: "postgresql.version",
						message: `the package sources of "${name}" don't offer ${listed(missing)}`,
						detail:
							survey.sources === undefined
								? `They offer ${listed(survey.offered.map(([, one]) => one)) || "no PostgreSQL with repmgr"}.`
								: `apt-get update says: ${survey.sources}`,
						hint: "Add a source that has them, such as apt.postgresql.org, or name another version in the inventory.",
					},
				]
			: []),
		...(free !== null && free < LEAST_DISK_KB
			? [
					{
						key: "postgresql.data_directory",
						message: `too little disk for ${survey.data} on "${name}"`,
						detail: `${Math.floor(free / 1024)} MB are free; ${Math.floor(LEAST_DISK_KB / 1024)} MB are the least.`,
					},
				]
			: []),
		...hostAuthorityRefusals(situation.inventory, name, survey),
		...archiveRefusals(situation, node, survey),
		...(survey.listening === "yes" && survey.running === undefined
			? [
					{
						key: "postgresql.port",
						message: `port ${port} is taken on "${name}"`,
						detail: `Something listens there that is not the server of ${survey.data}.`,
						hint: `See "ss -ltnp 'sport = :${port}'" there; stop it, or name another port in the inventory.`,
					},
				]
			: []),
	];
}

function networkRefusals(situation: Situation, node: InventoryNode): readonly Refusal[] {
	const { inventory } = situation;
	const { name, own, port } = surveyOf(situation, node);
	const others = inventory.nodes.filter((one) => one !== node);
	const resolved = (other: InventoryNode) =>
		name.filter(([known]) => known === other.host).map(([, address]) => address);
	const lost = others.filter((other) => resolved(other).length === 0);
	const loops = others.filter((other) => resolved(other).some(isLoopback));
	const silent = port.filter(([, , state]) => state === "silent" || state === "unreachable");
	return [
		...lost.map((other) => ({
			key: "hosts",
			message: `"${node.name}" can't resolve ${other.host}`,
			hint: `Add it to /etc/hosts there, or to DNS, or give an address as host of "${other.name}".`,
		})),
		...loops.map((other) => ({
			key: "hosts",
			message: `"${node.name}" resolves ${other.host} to itself: ${listed(resolved(other))}`,
			hint: "Correct /etc/hosts there.",
		})),
		...(own.length === 0 ? [{ message: `"${node.name}" can't resolve its own name ${node.host}` }] : []),
		...(inventory.authentication === "trust" && own.some(isLoopback)
			? [
					{
						key: "authentication",
						message: `"${node.name}" resolves its own name ${node.host} to ${listed(own.filter(isLoopback))}`,
						detail: "With trust that address would let in every user of the host.",
						hint: "Let it resolve to the address that the others use, or use scram-sha-256.",
					},
				]
			: []),
		...silent
			.filter(([other]) => !lost.some(({ host }) => host === other))
			.map(([other, number, state]) => ({
				message: `"${node.name}" does not reach port ${number} of ${other}`,
				detail:
					state === "silent"
						? "Nothing answers: a firewall drops it."
						: "The network says that it can't be reached.",
				hint: "Every node needs the SSH port and PostgreSQL's port of every other one.",
			})),
		...(addressesOf(situation, node).length === 0 && lost.length === 0
			? [{ message: `no address of "${node.name}" is known but a loopback one` }]
			: []),
	];
}

function clockRefusals({ surveys }: Situation, asked: ReadonlyMap<string, Asked>): readonly Refusal[] {
	// The clock was read somewhere between sending and receiving: an interval for each host's offset.
	const offsets = [...surveys].flatMap(([name, { time }]) => {
		const at = asked.get(name);
		return at === undefined ? [] : [{ name, least: time - at.receivedAt, most: time - at.sentAt }];
	});
	const ahead = offsets.toSorted((a, b) => b.least - a.least)[0];
	const behind = offsets.toSorted((a, b) => a.most - b.most)[0];
	if (ahead === undefined || behind === undefined || ahead.least - behind.most <= MOST_CLOCK_MS) return [];
	return [
		{
			message: `the clock of "${ahead.name}" is at least ${((ahead.least - behind.most) / 1000).toFixed(1)} s ahead of that of "${behind.name}"`,
			detail: "repmgrd compares times of several hosts, and logs could not be compared.",
			hint: "Let all hosts set their clocks by NTP.",
		},
	];
}

/** Servers that run may have other roles by now: a failover must never be undone by setting up again. */
function roleRefusals(situation: Situation): readonly Refusal[] {
	const { inventory } = situation;
	const primary = primaryOf(inventory);
	const isPrimary = (node: InventoryNode) => surveyOf(situation, node).sql?.recovery === false;
	const wrong = inventory.nodes.filter((node) => {
		const { found, standby, unfinished, sql } = surveyOf(situation, node);
		if (found !== "cluster" || unfinished === "yes" || node.role === "witness") return false;
		const isStandby = standby === "yes" || sql?.recovery === true;
		return (node.role === "standby") !== isStandby || (node.role === "standby" && isPrimary(node));
	});
	const data = inventory.nodes.filter(({ role }) => role !== "witness");
	const identifiers = new Set(
		data.flatMap((node) => {
			const { found, identifier, unfinished } = surveyOf(situation, node);
			return found === "cluster" && unfinished === undefined ? [identifier ?? "unknown"] : [];
		}),
	);
	return [
		...wrong.map((node) => ({
			message: `"${node.name}" is not the ${node.role} any more`,
			detail: `Its data directory is that of a ${node.role === "standby" ? "primary" : "standby"} now.`,
			hint: "Roles change by a failover or a switchover. Change the roles in the inventory, or switch over first.",
		})),
		...data.flatMap((node) => {
			const sender = senderOf(situation, node);
			if (node.role !== "standby" || sender === null || sender.name === node.upstream) return [];
			return [
				{
					message: `"${node.name}" receives from "${sender.name}", not from "${node.upstream}"`,
					detail: "It would be registered with an upstream that is not its own.",
					hint: `Say upstream: ${sender.name} in the inventory, or let it follow "${node.upstream}" first.`,
				},
			];
		}),
		...(identifiers.size > 1
			? [
					{
						message: "the data directories are not of one cluster",
						detail: `Their system identifiers are ${listed([...identifiers])}.`,
					},
				]
			: []),
		...(surveyOf(situation, primary).found !== "cluster" && identifiers.size > 0
			? [
					{
						message: `"${primary.name}" has no data, but a standby has`,
						detail: "A new primary would be another cluster.",
						hint: "Give the role primary to a node that has the data.",
					},
				]
			: []),
	];
}
