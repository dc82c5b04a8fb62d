import { blockIn } from "../../bootstrap/files.ts";
import { PATHS } from "../../bootstrap/survey-script.ts";
import { DATA_DIRECTORY } from "../cluster/host.ts";
import type { PracticeNode, SetUp } from "../cluster/state.ts";
import { notInPractice, type Program } from "../programs/program.ts";
import { freshDirectory } from "./bare.ts";
import { FILE_KEYS, PACKAGES, VERSION } from "./survey.ts";

const INSTALL_MS = 6000;
const INITDB_MS = 1200;
const OPENSSL_MS = 300;

/** Debian's own pg_hba.conf. */
const DEBIAN_HBA = `local all postgres peer
local all all peer
host all all 127.0.0.1/32 scram-sha-256
local replication all peer
host replication all 127.0.0.1/32 scram-sha-256
`;

function note({ record }: SetUp, line: string): void {
	if (record.length > 0 && !record.includes(line)) record.push(line);
}

/** RECORD_SCRIPT: CLUSTER. */
export function beginRecord({ words }: Program, { record }: SetUp): number {
	if (record.length > 1) return record[0] === `cluster ${words[0]}` ? 0 : 1;
	record.splice(0, record.length, `cluster ${words[0]}`);
	return 0;
}

/** WRITE_SCRIPT: PATH MODE OWNER whole|block BYTES CHECK; input: the content. */
export function writeFile(program: Program, setUp: SetUp): number {
	const { node, words, input, say } = program;
	const [path = "", mode = "", owner = "", part, bytes] = words;
	if (!FILE_KEYS.has(path)) return notInPractice(program, `the file ${path}`);
	if (owner === "postgres" && !setUp.isInstalled) {
		say("chown: invalid user: 'postgres:postgres'");
		return 1;
	}
	if (Buffer.byteLength(input) !== Number(bytes)) {
		say("ERROR: the content did not arrive whole");
		return 1;
	}
	note(setUp, `file ${path}`);
	const before = node.etc.get(path)?.content ?? "";
	const theirs = part === "block" ? before.replace(blockIn(before), "") : "";
	node.etc.set(path, { mode, owner, content: `${input}${theirs}` });
	if (path === PATHS.repmgrConf) becomeNode(node, input);
	// systemd has to read its file again.
	if (path === PATHS.unit) setUp.isEnabled = false;
	return 0;
}

/** A host with a repmgr.conf is a node. */
function becomeNode(node: PracticeNode, text: string): void {
	node.conf.clear();
	for (const [, name = "", value = ""] of text.matchAll(/^(\w+)='(.*)'$/gm)) node.conf.set(name, value);
	node.nodeId = Number(node.conf.get("node_id"));
	node.name = node.conf.get("node_name") ?? "";
}

/** INSTALL_SCRIPT: PACKAGES. */
export async function install({ cluster, words, print, say }: Program, setUp: SetUp): Promise<number> {
	print("Hit:1 http://deb.debian.org/debian bookworm InRelease");
	print("Reading package lists...");
	await cluster.sleep(INSTALL_MS / 4);
	const unknown = words.find((word) => !PACKAGES.some(([name]) => name === word));
	if (unknown !== undefined) {
		say(`E: Unable to locate package ${unknown}`);
		return 100;
	}
	for (const line of ["user postgres", "group postgres", "group ssl-cert"]) note(setUp, line);
	for (const [name, version] of PACKAGES) {
		note(setUp, `package ${name} purge`);
		print(`Unpacking ${name} (${version}) ...`);
		await cluster.sleep(INSTALL_MS / 4);
		print(`Setting up ${name} (${version}) ...`);
	}
	setUp.isInstalled = true;
	return 0;
}

/** KEY_SCRIPT. */
export function makeKey(_: Program, setUp: SetUp): number {
	note(setUp, `file ${PATHS.home}/.ssh/id_ed25519`);
	note(setUp, `file ${PATHS.home}/.ssh/id_ed25519.pub`);
	setUp.hasKey = true;
	return 0;
}

/** CREATE_SCRIPT: VERSION DATA PORT LOCALE CHECKSUMS EMPTY. */
export async function createServer(program: Program, setUp: SetUp): Promise<number> {
	const { cluster, node, words, print, say } = program;
	const [version, data, port, , checksums, empty] = words;
	if (version !== String(VERSION) || data !== DATA_DIRECTORY || port !== "5432")
		return notInPractice(program, `a server of version ${version} in ${data} on port ${port}`);
	if (setUp.found !== "nothing") {
		print("it is there");
		return 0;
	}
	if (!setUp.isInstalled) {
		say("sh: 1: pg_createcluster: not found");
		return 127;
	}
	note(setUp, `place ${VERSION} ${DATA_DIRECTORY}`);
	print(`Creating new PostgreSQL cluster ${VERSION}/main ...`);
	await cluster.sleep(INITDB_MS);
	print(checksums === "checksums" ? "Data page checksums are enabled." : "Data page checksums are disabled.");
	node.data = freshDirectory(newIdentifier(node), checksums === "checksums");
	node.etc.set(PATHS.hba(VERSION), { mode: "640", owner: "postgres", content: DEBIAN_HBA });
	setUp.found = empty === "empty" ? "empty" : "cluster";
	print("Success. You can now start the database server.");
	return 0;
}

/** As initdb makes one: of the time, here to the second, and of what tells two hosts apart. */
function newIdentifier({ address }: PracticeNode): string {
	return String((BigInt(Math.floor(Date.now() / 1000)) << 32n) | BigInt(address.split(".").at(-1) ?? 0));
}

/** CERTIFICATE_SCRIPT. */
export async function makeCertificate({ cluster }: Program, setUp: SetUp): Promise<number> {
	await cluster.sleep(OPENSSL_MS);
	setUp.hasCertificate = true;
	return 0;
}

/** ENABLE_SCRIPT. */
export function enableDaemon({ node, say }: Program, setUp: SetUp): number {
	if (!node.etc.has(PATHS.unit)) {
		say("Failed to enable unit: Unit file repmgrd.service does not exist.");
		return 1;
	}
	setUp.isEnabled = true;
	return 0;
}
