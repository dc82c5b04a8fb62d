import type { HostPackage, HostPackages } from "../../model/packages.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import { confValue, type Facts, packagesOf, programsOn } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { aptCommand } from "./upgrade-steps.ts";

export function newerOn(facts: Facts, { nodeId }: NodeView): readonly HostPackage[] {
	return packagesOf(facts, nodeId).value?.packages.filter(({ newer }) => newer !== null) ?? [];
}

/** Whether the node has work: packages, a restart into files that are on disk already, or of repmgrd. */
export function needsUpgrade(facts: Facts, node: NodeView): boolean {
	const known = packagesOf(facts, node.nodeId).value;
	return newerOn(facts, node).length > 0 || known?.serverIsStale === true || known?.repmgrdIsStale === true;
}

/** What is installed, what runs, and what is offered; whatever can't be told refuses the plan. */
export function upgradeChecks(facts: Facts, node: NodeView): readonly Prerequisite[] {
	const title = `what ${quoted(node)} has and is offered is known`;
	const { value, fault } = packagesOf(facts, node.nodeId);
	if (fault !== undefined)
		return [failed(title, sentence(fault), fault.hint ?? "Try again once its host answers.")];
	const missing = missingOf(facts, node, value);
	if (missing !== null) return [failed(title, missing, BY_HAND)];
	const newer = newerOn(facts, node);
	const broken = value.packages.filter(({ status }) => status !== "installed");
	return [
		ok(title, said(value)),
		...(broken.length > 0
			? [
					failed(
						`the packages of ${quoted(node)} are whole`,
						`${listed(broken.map(({ name, status }) => `${name} is ${status}`))}.`,
						"On its host: dpkg --configure -a",
					),
				]
			: []),
		...(newer.length === 0
			? []
			: [
					listsAreNew(node, value),
					sameSeries(node, newer),
					nothingElse(node, value),
					rootWorks(node, value, newer),
				]),
		...repmgrdCommands(facts, node),
	];
}

const BY_HAND = "Upgrade the packages by hand, standbys first, and then: rolling restart --all";

function missingOf(facts: Facts, node: NodeView, value: HostPackages): string | null {
	if (value.family === null) return "Its host has no apt and dpkg; only these are read.";
	if (programsOn(facts, node.nodeId) === "") return "The directory of its server's programs is not known.";
	if (value.serverPackage === null) return "The server's program belongs to no package.";
	if (value.programVersion === null) return "The server's program does not tell its version.";
	if (value.serverIsStale === null)
		return "It can't be told whether the server runs from the files on disk: its process can't be read.";
	if (node.repmgrd.running === true && value.repmgrdIsStale === null)
		return "It can't be told whether repmgrd runs from the files on disk: its process can't be read.";
	if (node.registered.type !== "standby" && value.extension === null)
		return "The version of its repmgr extension can't be read by psql there.";
	return value.packages.some(({ source }) => source.startsWith("repmgr"))
		? null
		: "repmgr is not from a package there.";
}

function said({ packages, programVersion, serverIsStale, repmgrdIsStale }: HostPackages): string {
	return [
		`PostgreSQL ${programVersion} is on disk${serverIsStale ? ", and the server runs from files that were replaced since" : ""}.`,
		...(repmgrdIsStale ? ["repmgrd runs from files that were replaced since."] : []),
		...packages.map(({ name, installed, newer }) =>
			newer === null ? `${name} ${installed}: nothing newer.` : `${name}: ${installed} to ${newer}.`,
		),
	].join(" ");
}

const DAY = 86_400;

function listsAreNew(node: NodeView, { listsAgeSeconds: age }: HostPackages): Prerequisite {
	const title = `the package lists of ${quoted(node)} are of today`;
	if (age === null) return unknown(title, "Their age can't be read.");
	return age <= DAY
		? ok(title, "They were read within a day.")
		: warning(title, `They were read ${Math.floor(age / DAY)} days ago.`, "As root there: apt-get update");
}

/** repmgr's X.Y has an extension of its own: all nodes need it at once, with repmgrd stopped. The server's major version is in its name. */
function sameSeries(node: NodeView, newer: readonly HostPackage[]): Prerequisite {
	const title = `the newer packages of ${quoted(node)} are of a minor release`;
	const other = newer.find(({ source, installed, newer: offered }) => {
		const parts = source.startsWith("repmgr") ? 2 : 1;
		return seriesOf(installed, parts) !== seriesOf(offered ?? "", parts);
	});
	if (other === undefined) return ok(title, `${listed(newer.map(({ name }) => name))}.`);
	const isRepmgr = other.source.startsWith("repmgr");
	return failed(
		title,
		`${other.name} ${other.installed} would become ${other.newer}.`,
		isRepmgr
			? 'See "Upgrading repmgr" in its manual: repmgrd stops on all nodes, ALTER EXTENSION repmgr UPDATE follows on the primary. To stay: apt-mark hold'
			: "See pg_upgrade: this command does not change the major version.",
	);
}

function seriesOf(version: string, parts: number): string {
	const upstream = version.replace(/^\d+:/, "");
	return upstream
		.split(/[.+~-]/)
		.slice(0, parts)
		.join(".");
}

function nothingElse(node: NodeView, { others }: HostPackages): Prerequisite {
	const title = `apt changes nothing else on ${quoted(node)}`;
	return others.length === 0
		? ok(title, "By apt-get -s.")
		: failed(title, `It would also change ${listed(others)}.`, "Bring these up to date first.");
}

function rootWorks(node: NodeView, { rootFault }: HostPackages, newer: readonly HostPackage[]): Prerequisite {
	const title = `packages can be installed as root on ${quoted(node)}`;
	return rootFault === null
		? ok(title, "By the login itself, or by sudo.")
		: failed(
				title,
				rootFault,
				`Log in by a user with sudo (--ssh-user, --sudo-password-file), or as root there, standbys first and the primary after a switchover: ${aptCommand(newer)} ; then: rolling upgrade`,
			);
}

function repmgrdCommands(facts: Facts, node: NodeView): readonly Prerequisite[] {
	if (node.repmgrd.running !== true) return [];
	const title = `repmgrd of ${quoted(node)} can be restarted`;
	const missing = ["start", "stop"].filter(
		(action) => confValue(facts, node.nodeId, `repmgrd_service_${action}_command`) === null,
	);
	return [
		missing.length === 0
			? ok(title, "Its service commands are set.")
			: failed(
					title,
					`${listed(missing.map((action) => `repmgrd_service_${action}_command`))} is not set in repmgr.conf.`,
					"Set it in repmgr.conf.",
				),
	];
}

/** All nodes are to run the same, after the upgrade. */
export function sameTarget(facts: Facts, nodes: readonly NodeView[]): Prerequisite {
	const title = "all nodes end with the same versions";
	const byName = new Map<string, Map<string, string[]>>();
	for (const node of nodes) {
		for (const { name, installed, newer } of packagesOf(facts, node.nodeId).value?.packages ?? []) {
			const versions = byName.get(name) ?? new Map<string, string[]>();
			byName.set(name, versions);
			const version = newer ?? installed;
			versions.set(version, [...(versions.get(version) ?? []), quoted(node)]);
		}
	}
	const different = [...byName].filter(([, versions]) => versions.size > 1);
	if (different.length === 0) return ok(title, `${[...byName].map(([name]) => name).join(", ")}.`);
	const found = different.map(
		([name, versions]) =>
			`${name}: ${[...versions].map(([version, on]) => `${version} on ${listed(on)}`).join("; ")}.`,
	);
	return failed(title, found.join(" "), "Give all hosts the same package sources and lists: apt-get update");
}
