import {
	type Fault,
	type Outcome,
	SUDO_PASSWORD_NEEDED,
	SUDO_PASSWORD_UNTRIED,
	SUDO_PASSWORD_WRONG,
} from "../model/fault.ts";
import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { sanitise } from "../text/sanitise.ts";
import { listed } from "../text/words.ts";
import { type HostSurvey, parseHostSurvey } from "./host-survey.ts";
import type { Refusal } from "./refusal.ts";
import { type Asked, refusalsOf } from "./refusals.ts";
import { type Passwords, passwordsOf, type Shells, type Situation, sshPort } from "./situation.ts";
import { SEEN_FROM_SCRIPT, SURVEY_SCRIPT } from "./survey-script.ts";

/** apt may have to read its sources first. */
const DEADLINE_MS = 120_000;

/** What a survey has of one host so far, for whoever watches. */
export type HostLook = { readonly node: string } & (
	| { readonly state: "asked" }
	| {
			readonly state: "read";
			readonly release: string;
			/** Major versions of PostgreSQL that it has or offers with repmgr, the newest first. */
			readonly versions: readonly number[];
			/** What lies where the data are to be. */
			readonly found: HostSurvey["found"];
	  }
	| { readonly state: "failed"; readonly fault: Fault }
);

export type Surveyed<S extends Situation = Situation> =
	| { readonly situation: S; readonly refusals?: never }
	/** Never empty. */
	| { readonly refusals: readonly Refusal[]; readonly situation?: never };

/** Reads all hosts at once, and says what keeps the cluster from being made; changes nothing. @param passwords as of readHosts(). */
export async function surveyHosts(
	inventory: Inventory,
	shells: Shells,
	passwords: Passwords | null,
	tell: (look: HostLook) => void = () => {},
): Promise<Surveyed> {
	const read = await readHosts(inventory, shells, passwords, tell);
	if (read.refusals !== undefined) return read;
	const refusals = refusalsOf(read.situation, read.asked);
	return refusals.length > 0 ? { refusals } : { situation: read.situation };
}

/**
 * Reads all hosts at once; refuses only what can't be read.
 *
 * @param passwords those that were made earlier in this run; null: those that the hosts have, or new ones.
 */
export async function readHosts(
	inventory: Inventory,
	shells: Shells,
	passwords: Passwords | null,
	tell: (look: HostLook) => void = () => {},
): Promise<
	| { readonly situation: Situation; readonly asked: ReadonlyMap<string, Asked>; readonly refusals?: never }
	| { readonly refusals: readonly Refusal[] }
> {
	const { nodes } = inventory;
	const read = await Promise.all(
		nodes.map(async (node) => {
			tell({ node: node.name, state: "asked" });
			const outcome = await surveyHost(inventory, node, shells);
			tell(lookOf(node, outcome));
			return outcome;
		}),
	);
	const faults = read.flatMap(({ fault }, index) =>
		fault === undefined ? [] : [{ name: nodes[index]?.name ?? "", fault }],
	);
	const answers = read.flatMap(({ value }) => value ?? []);
	if (faults.length > 0) return { refusals: faultRefusals(faults) };
	const surveys = new Map(answers.map(({ node, survey }) => [node.name, survey]));
	const situation: Situation = {
		...{ inventory, surveys },
		seenFrom: [...new Set(answers.flatMap(({ seenFrom }) => seenFrom ?? []))],
		passwords: passwords ?? passwordsOf(inventory, surveys.values()),
	};
	return { situation, asked: new Map(answers.map(({ node, asked }) => [node.name, asked])) };
}

interface Answer {
	readonly node: InventoryNode;
	readonly survey: HostSurvey;
	/** The address from which this console logs in. */
	readonly seenFrom: string | null;
	readonly asked: Asked;
}

async function surveyHost(
	inventory: Inventory,
	node: InventoryNode,
	shells: Shells,
): Promise<Outcome<Answer>> {
	const shell = shells.get(node.name);
	if (shell === undefined)
		return { fault: { kind: "command", message: "there is no connection to the host" } };
	const connection = await shell.run(["sh", "-c", SEEN_FROM_SCRIPT], { deadlineMs: 30_000 });
	if (connection.fault !== undefined) return connection;
	const [from = ""] = connection.value.stdout.split(" ");
	const { postgresql, repmgr, console: watcher, nodes } = inventory;
	const others = nodes.filter((other) => other !== node);
	const words = [
		...[String(postgresql.version ?? ""), postgresql.dataDirectory ?? "", String(postgresql.port)],
		...[repmgr.user, repmgr.database, watcher?.user ?? "", node.host],
		node.role === "witness" ? "" : (inventory.archive?.directory ?? ""),
		...others.flatMap(({ host }) => [host, String(sshPort(inventory))]),
	];
	const sentAt = Date.now();
	const ended = await shell.run(["sh", "-c", SURVEY_SCRIPT, "sh", ...words], {
		user: "root",
		deadlineMs: DEADLINE_MS,
	});
	const receivedAt = Date.now();
	if (ended.fault !== undefined) return ended;
	const survey = parseHostSurvey(ended.value.stdout);
	if (survey === null) {
		const detail = ended.value.stderr.trim().slice(-500);
		return {
			fault: {
				kind: "protocol",
				message: "the host's answer to the survey can't be read",
				...(detail !== "" && { detail }),
			},
		};
	}
	const seenFrom = /^[0-9A-Fa-f:.]+$/.test(from) ? from : null;
	return { value: { node, survey, seenFrom, asked: { sentAt, receivedAt } } };
}

function lookOf({ name }: InventoryNode, { value, fault }: Outcome<Answer>): HostLook {
	if (fault !== undefined) return { node: name, state: "failed", fault: sanitise(fault) };
	const { release, offered, installed, found } = value.survey;
	const packages = [...offered.map(([, one]) => one), ...installed.map(([one]) => one)];
	const versions = new Set(
		packages.flatMap((one) => /^postgresql-(\d+)-repmgr$/.exec(one)?.[1] ?? []).map(Number),
	);
	return { node: name, state: "read", release, versions: [...versions].sort((a, b) => b - a), found };
}

interface HostFault {
	readonly name: string;
	readonly fault: Fault;
}

/** sudo's password is that of all hosts, and is said once. */
function faultRefusals(faults: readonly HostFault[]): readonly Refusal[] {
	const withCode = (code: string) => faults.filter(({ fault }) => fault.code === code);
	const needed = withCode(SUDO_PASSWORD_NEEDED);
	const rejecting = withCode(SUDO_PASSWORD_WRONG);
	const untried = withCode(SUDO_PASSWORD_UNTRIED);
	const said = (hosts: readonly HostFault[], message: string, hint: string): readonly Refusal[] =>
		hosts.length === 0
			? []
			: [{ key: "ssh.user", message: `${message} ${listed(hosts.map(({ name }) => `"${name}"`))}`, hint }];
	return [
		...said(needed, "sudo asks for a password on", needed[0]?.fault.hint ?? "").map(
			(refusal): Refusal => ({ ...refusal, asksForSudoPassword: true }),
		),
		...said(
			rejecting,
			"sudo does not accept the password on",
			"It was tried once, and on no other host after that. It is the password of the user that logs in, and has to be the same on all hosts.",
		),
		...faults
			.filter((one) => !needed.includes(one) && !rejecting.includes(one))
			// The rejection says it all.
			.filter((one) => rejecting.length === 0 || !untried.includes(one))
			.map(({ name, fault }) => refusalOf(name, fault)),
	];
}

function refusalOf(name: string, fault: Fault): Refusal {
	const { kind, message, detail = "", hint = "" } = sanitise(fault);
	const key = kind === "name" || kind === "unreachable" ? "hosts" : "ssh.user";
	return { key, message: `host of "${name}": ${message}`, detail, hint };
}
