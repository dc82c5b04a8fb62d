import { rolesOf, usualNames } from "../inventory-template.ts";
import { furtherQuestions } from "./further-questions.ts";
import { choice, type InventoryQuestion, question } from "./question.ts";
import {
	countOf,
	hostsOf,
	type InventoryAnswers,
	rolesPreview,
	TEMPLATES,
	templateOf,
	USUAL_TEMPLATE,
} from "./templates.ts";

/** By reconnect_attempts x reconnect_interval. */
const DETECTION: readonly (readonly [attempts: number, seconds: number, note: string])[] = [
	[2, 5, "only in a network that is never away for a moment"],
	[3, 5, "the usual compromise"],
	[6, 5, "for a network that is sometimes away"],
	[6, 10, "repmgr's own default"],
];

/**
 * All questions, in their order. Their keys are those of the file, whose schema checks the answers (`answerProblem`).
 *
 * @param offered major versions that all hosts offer; null: that is not known yet.
 */
export function inventoryQuestions(
	answers: InventoryAnswers,
	offered: readonly number[] | null,
): readonly InventoryQuestion[] {
	const template = templateOf(answers);
	const hosts = hostsOf(answers);
	const hasWitness = rolesOf(template.shape, Math.max(template.least, hosts.length)).some(
		({ role }) => role === "witness",
	);
	const standbys = rolesOf(template.shape, Math.max(template.least, hosts.length)).filter(
		({ role }) => role === "standby",
	).length;
	const isEven = !hasWitness && Math.max(template.least, hosts.length) % 2 === 0;
	const isAutomatic = !isEven && answers["failover.mode"] !== "manual";
	return [
		question(
			"template",
			"kind of cluster",
			"What kind of cluster?",
			"The primary takes all writes; each standby has a copy of it and can take its place. A witness has no data: it has a vote, so that a majority can tell a dead primary from a broken network.",
			USUAL_TEMPLATE,
			{
				isAsked: true,
				choices: Object.entries(TEMPLATES).map(([value, { label, note }]) => choice(value, label, note)),
			},
		),
		question(
			"hosts",
			"hosts",
			"Which hosts?",
			`Names or addresses of ${countOf(template)} bare Debian or Ubuntu hosts, separated by blanks, the primary first. Every host must reach the others by them.`,
			"",
			{ isAsked: true, preview: (answer) => rolesPreview({ ...answers, hosts: answer }) },
		),
		question(
			"ssh.user",
			"SSH user",
			"Which user logs in to the hosts?",
			"The console works on the hosts through SSH, as root or as a user who may do everything through sudo. Your keys come from the agent and ~/.ssh.",
			"",
			{ isAsked: true, usualWords: "as ~/.ssh/config says, else your own name here" },
		),
		question(
			"cluster",
			"name of the cluster",
			"What is the cluster called?",
			"A short name. It marks the files that are written for it on the hosts, and you type it to confirm.",
			"main",
			{ isAsked: true },
		),
		question(
			"names",
			"names of the nodes",
			"What are the nodes called?",
			"The names by which repmgr and this console show them, in the order of the hosts. The hosts' own names are a good choice.",
			usualNames(hosts).join(" "),
			{ isAsked: true, preview: (answer) => rolesPreview({ ...answers, names: answer }) },
		),
		question(
			"postgresql.version",
			"PostgreSQL version",
			"Which version of PostgreSQL?",
			"One that the package sources of all hosts offer, with repmgr for it. The newest is right unless an application needs another.",
			"",
			{
				isAsked: true,
				usualWords: "the newest that all hosts offer",
				choices: [
					choice("", "the newest", "that all hosts offer"),
					...(offered ?? []).map((version) => choice(String(version), String(version), "")),
				],
			},
		),
		question(
			"postgresql.data_directory",
			"data directory",
			"Where should the data be kept?",
			"A directory that does not exist yet or is empty, on a disk with room for the database. The same on all hosts.",
			"",
			{ isAsked: true, usualWords: "/var/lib/postgresql/VERSION/main, Debian's default" },
		),
		question(
			"postgresql.port",
			"port",
			"Which port?",
			"PostgreSQL listens on it on every host. 5432 is what every program expects.",
			"5432",
			{ isAsked: true },
		),
		question(
			"authentication",
			"authentication",
			"How do the nodes log in to each other?",
			"The nodes connect to each other all the time, to replicate and to look after each other.",
			"scram-sha-256",
			{
				isAsked: true,
				choices: [
					choice("scram-sha-256", "passwords", "generated, and written where only the server can read them"),
					choice(
						"trust",
						"trust",
						"not advised: anyone who can send from a node's address is a superuser without a password",
					),
				],
			},
		),
		question(
			"postgresql.checksums",
			"checksums",
			"Should data pages have checksums?",
			"They find data that a disk has damaged, and let a former primary come back quickly. Switching them on later means stopping the server.",
			"true",
			{
				isAsked: true,
				choices: [
					choice("true", "yes", "costs a few per cent at most"),
					choice("false", "no", "damage stays unseen until something reads it"),
				],
			},
		),
		question(
			"synchronous",
			"synchronous",
			"Should writes wait for a standby?",
			"Without waiting, what the primary had not sent yet is lost when it dies: mostly nothing, or some milliseconds of writes.",
			"off",
			{
				isAsked: true,
				choices: [
					choice("off", "no (asynchronous)", "writes are quick, and go on while no standby is there"),
					choice(
						"on",
						"yes (synchronous)",
						standbys > 1
							? "nothing is lost; a write waits until one standby has it, and for ever while none is there"
							: "nothing is lost; but while the only standby is away, and after a failover, writes wait for ever",
					),
				],
			},
		),
		question(
			"failover.mode",
			"failover",
			"Who promotes a standby when the primary dies?",
			"With automatic failover repmgrd does, within seconds, at any hour.",
			isEven ? "manual" : "automatic",
			{
				isAsked: true,
				choices: [
					choice(
						"automatic",
						"repmgrd, automatically",
						"applications write again soon",
						isEven
							? "an even number of nodes can't tell a dead primary from a broken network; a witness can"
							: null,
					),
					choice("manual", "you, by hand", "nothing can be written until you promote a standby"),
				],
			},
		),
		...(isAutomatic
			? [
					question(
						"detection",
						"failover after",
						"When does a primary count as dead?",
						"repmgrd tries to reach it for this long before it promotes a standby. Shorter is not better: a brief network failure must not cause a failover. A primary that is cut off is noticed some seconds later than one that has crashed.",
						"3x5",
						{
							isAsked: true,
							choices: DETECTION.map(([attempts, seconds, note]) =>
								choice(
									`${attempts}x${seconds}`,
									`after ${attempts * seconds} s`,
									`${attempts} attempts, ${seconds} s apart; ${note}`,
								),
							),
						},
					),
				]
			: []),
		...furtherQuestions(answers),
	];
}
