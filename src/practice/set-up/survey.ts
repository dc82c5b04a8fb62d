import { PATHS } from "../../bootstrap/survey-script.ts";
import { tablesOf } from "../cluster/cluster.ts";
import { DATA_DIRECTORY, PASSFILE } from "../cluster/host.ts";
import { hasPassword, hostKeyOf, keyOf } from "../cluster/host-files.ts";
import { loginProblem } from "../cluster/login.ts";
import type { PracticeNode, SetUp } from "../cluster/state.ts";
import { notInPractice, type Program } from "../programs/program.ts";

/** The one version that the hosts offer. */
export const VERSION = 15;
/** The packages that are missing on a bare host, with the version of each that is offered. */
export const PACKAGES = [
	["postgresql-15", "15.20-0+deb12u1"],
	["postgresql-15-repmgr", "5.3.3-2"],
	["repmgr", "5.3.3-2"],
] as const;
const ALWAYS_THERE = ["openssh-client 1:9.2p1-2+deb12u10", "sudo 1.9.13p3-1+deb12u4"];

/** What a survey calls the files that a bootstrap writes, by their paths. */
export const FILE_KEYS: ReadonlyMap<string, string> = new Map([
	[PATHS.repmgrConf, "repmgr.conf"],
	[PATHS.createcluster, "createcluster"],
	[PATHS.sudoers, "sudoers"],
	[PATHS.unit, "unit"],
	[PATHS.settings(VERSION), "settings"],
	[PATHS.hba(VERSION), "hba"],
	[PASSFILE, "pgpass"],
	[`${PATHS.home}/.ssh/authorized_keys`, "authorized_keys"],
	[`${PATHS.home}/.ssh/known_hosts`, "known_hosts"],
]);

/** Packages' lists have to be read. */
const SURVEY_MS = 1500;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** SURVEY_SCRIPT: VERSION DATA PORT ROLE DATABASE WATCHER OWN ARCHIVE, then of each other node its host and SSH port. */
export async function surveyHost(program: Program, setUp: SetUp): Promise<number> {
	const { cluster, node, words, print } = program;
	const [version = "", data = "", port = "", , , , own = "", archive = "", ...others] = words;
	if (port !== "5432") return notInPractice(program, `port ${port}`);
	if (archive !== "") return notInPractice(program, "a WAL archive");
	if (data !== "" && data !== DATA_DIRECTORY) return notInPractice(program, `the data directory ${data}`);
	await cluster.sleep(SURVEY_MS);
	const wanted = version === "" ? VERSION : Number(version);
	const { sizeBytes, usedBytes } = node.disk;
	const address = cluster.nodeAt(own)?.address;
	const all = [
		`time ${(Date.now() / 1000).toFixed(9)}`,
		...["os debian", "like ", "release Debian GNU/Linux 12 (bookworm)", `hostname ${node.host}`],
		...["systemd yes", "memory 4017420", "apt yes"],
		...(address === undefined ? [] : [`own ${address}`]),
		...networkLines(program, others),
		...ALWAYS_THERE.map((one) => `installed ${one}`),
		...PACKAGES.flatMap(([name, number]) => [
			...(setUp.isInstalled ? [`installed ${name} ${number}`] : []),
			...(name === "repmgr" ? [] : [`offered ${VERSION} ${name} ${number}`]),
		]),
		`version ${wanted}`,
		`data ${data === "" ? `/var/lib/postgresql/${wanted}/main` : data}`,
		...dataLines(node, setUp),
		`disk ${[sizeBytes, sizeBytes - usedBytes].map((bytes) => Math.floor(bytes / 1024)).join(" ")}`,
		...[...node.etc].map(([path, { mode, owner, content }]) =>
			["file", FILE_KEYS.get(path), mode, owner, base64(content)].join(" "),
		),
		...(setUp.hasCertificate ? ["certificate yes"] : []),
		...(setUp.isInstalled ? [`home ${PATHS.home}`] : []),
		...(setUp.hasKey ? [`key ${keyOf(node)}`] : []),
		...setUp.record.map((line) => `record ${line}`),
		`hostkey ${hostKeyOf(node)}`,
		`repmgrd ${node.daemon === null ? "inactive" : "active"} ${unitState(node, setUp)} no`,
		...serverLines(program),
		"end yes",
	];
	for (const line of all) print(line);
	return 0;
}

function unitState({ etc }: PracticeNode, { isEnabled }: SetUp): string {
	return etc.has(PATHS.unit) ? (isEnabled ? "enabled" : "disabled") : "";
}

/** How this host finds and reaches the others. */
function networkLines({ cluster, node }: Program, others: readonly string[]): readonly string[] {
	return others.flatMap((host, index) => {
		const target = index % 2 === 0 ? cluster.nodeAt(host) : null;
		if (target === null) return [];
		const ssh = others[index + 1] ?? "";
		const isReached = cluster.reaches(node.nodeId, target.nodeId);
		const state = (isOpen: boolean): string => (isReached ? (isOpen ? "open" : "refused") : "silent");
		return [
			`name ${host} ${target.address}`,
			`source ${host} ${node.address}`,
			`port ${host} ${ssh} ${state(ssh === "22")}`,
			`port ${host} 5432 ${state(target.server !== null)}`,
		];
	});
}

function dataLines({ data, server }: PracticeNode, { found }: SetUp): readonly string[] {
	return [
		`found ${found}`,
		...(found === "nothing" ? [] : [`configured ${DATA_DIRECTORY}`]),
		...(found === "cluster" ? [`identifier ${data.systemIdentifier}`] : []),
		...(found === "cluster" && data.isStandby ? ["standby yes"] : []),
		...(server === null ? [] : ["running yes", "listening yes"]),
	];
}

/** What the server here says of itself, and who can log in to it. */
function serverLines({ cluster, node, words }: Program): readonly string[] {
	const [, , , role = "", database = "", watcher = "", own = ""] = words;
	const { data, server } = node;
	if (server === null || !cluster.answers(node.nodeId, node)) return [];
	const { made, rows } = tablesOf(node);
	const { receiver } = server;
	const sql = {
		...{ recovery: data.isStandby, role: made.includes(`role ${role}`) || null, synchronous: "" },
		...{ database: made.includes(`database ${database}`) },
		watcher: made.includes(`role ${watcher}`) || null,
		receiver: receiver === null ? null : "streaming",
		sender: receiver === null ? null : cluster.node(receiver.fromId).host,
	};
	const canLogIn = (user: string, address: string): boolean =>
		loginProblem(node, { address, database, user, hasPassword: hasPassword(node, own, database, user) }) ===
		null;
	return [
		`sql ${JSON.stringify(sql)}`,
		...rows.map((row) => {
			const { node_id: id, node_name: name, type, upstream_node_id: upstream, active } = row;
			const { location, priority, conninfo } = row;
			return `node ${JSON.stringify({ id, name, type, upstream, active, location, priority, conninfo })}`;
		}),
		...(made.includes(`rights of ${watcher}`) ? ["granted yes"] : []),
		...(canLogIn(role, node.address) ? [`login ${role}`] : []),
		...(watcher !== "" && canLogIn(watcher, "127.0.0.1") ? [`login ${watcher}`] : []),
	];
}
