import { type HostSurvey, parseHostSurvey } from "../../src/bootstrap/host-survey.ts";
import type { Situation } from "../../src/bootstrap/situation.ts";
import { parseInventory } from "../../src/config/inventory.ts";
import type { Inventory } from "../../src/model/inventory.ts";

/** The second guide's cluster. */
export const FOUR = `cluster: prod
nodes:
  pg1: {role: primary}
  pg2: {role: standby}
  pg3: {role: standby, upstream: pg2, priority: 50}
  pg4: {role: witness}
`;

export function inventoryOf(text: string = FOUR): Inventory {
	const { value, problems = [] } = parseInventory(text, "f.yaml", "/home/me");
	if (value === undefined) throw new Error(problems.map(({ message }) => message).join("; "));
	return value;
}

const addressOf = (name: string): string => `10.0.0.${name.slice(-1)}`;

/** What SURVEY_SCRIPT prints on a bare Debian 12 host, as recorded on one; "KEY" lines of `changed` replace those of the same key. */
export function bareText(name: string, names: readonly string[], changed: readonly string[] = []): string {
	const others = names.filter((other) => other !== name);
	const lines = [
		"time 1796038448.412222566",
		"os debian",
		"like ",
		"release Debian GNU/Linux 12 (bookworm)",
		`hostname ${name}`,
		"systemd yes",
		"memory 24683620",
		`own ${addressOf(name)}`,
		"installed openssh-client 1:9.2p1-2+deb12u10",
		"installed sudo 1.9.13p3-1+deb12u4",
		"apt yes",
		"offered 15 postgresql-15 15.20-0+deb12u1",
		"offered 15 postgresql-15-repmgr 5.3.3-2",
		"version 15",
		"data /var/lib/postgresql/15/main",
		"found nothing",
		"disk 264212084 79357804",
		`hostkey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${name}`,
		"repmgrd inactive no ",
		...others.flatMap((other) => [
			`name ${other} ${addressOf(other)}`,
			`source ${other} ${addressOf(name)}`,
			`port ${other} 22 open`,
			`port ${other} 5432 refused`,
		]),
		"end yes",
	];
	const keys = new Set(changed.map((line) => line.split(" ")[0]));
	return [...lines.filter((line) => !keys.has(line.split(" ")[0])), ...changed].join("\n");
}

export function surveyed(text: string): HostSurvey {
	const survey = parseHostSurvey(text);
	if (survey === null) throw new Error(`not a survey: ${text}`);
	return survey;
}

export const PASSWORDS = { repmgr: "RepmgrPassword00", console: "ConsolePassword0" };

/** Bare hosts, some of them changed. */
export function situationOf(
	changed: Readonly<Record<string, readonly string[]>> = {},
	inventory: Inventory = inventoryOf(),
): Situation {
	const names = inventory.nodes.map(({ name }) => name);
	return {
		inventory,
		surveys: new Map(names.map((name) => [name, surveyed(bareText(name, names, changed[name]))])),
		seenFrom: ["10.0.0.99"],
		passwords: PASSWORDS,
	};
}

/** A "file" line of the survey. */
export function fileLine(key: string, mode: string, owner: string, content: string): string {
	return `file ${key} ${mode} ${owner} ${Buffer.from(content).toString("base64")}`;
}

/** The survey's line of a standby that streams. */
export function receives(sender: string): string {
	return `sql ${JSON.stringify({ ...{ recovery: true, role: true, database: true, watcher: null }, receiver: "streaming", sender })}`;
}
