import { rolesOf, type Shape, usualNames } from "../inventory-template.ts";

/** What was answered, by the questions' keys; "" and what is not there is the default. */
export type InventoryAnswers = Readonly<Record<string, string>>;

/** A usual cluster. */
export interface Template {
	readonly label: string;
	readonly note: string;
	readonly shape: Shape;
	/** How many hosts. */
	readonly least: number;
	readonly most: number;
	readonly isOddOnly?: true;
}

/** The usual clusters, by the answer to the first question. */
export const TEMPLATES: Readonly<Record<string, Template>> = {
	"two-nodes": {
		label: "two nodes",
		note: "a primary and a standby; when the primary dies, you promote the standby",
		...{ shape: "two-nodes", least: 2, most: 2 },
	},
	"two-and-witness": {
		label: "two nodes and a witness",
		note: "the smallest that fails over by itself; the witness is a small third host that only votes",
		...{ shape: "with-witness", least: 3, most: 3 },
	},
	"three-and-witness": {
		label: "primary, two standbys and a witness",
		note: "fails over by itself, and still has a standby afterwards",
		...{ shape: "with-witness", least: 4, most: 20 },
	},
	three: {
		label: "primary and two standbys",
		note: "the same without a witness: three nodes vote",
		...{ shape: "standbys", least: 3, most: 19, isOddOnly: true },
	},
	"two-sites": {
		label: "two sites",
		note: "two nodes in each and a witness in the first; when a whole site is lost, you decide",
		...{ shape: "two-sites", least: 5, most: 19, isOddOnly: true },
	},
};

export const USUAL_TEMPLATE = "three-and-witness";

/** Words of an answer that is a list. */
export const words = (answer: string): readonly string[] =>
	answer.split(/[\s,]+/).filter((word) => word !== "");

export function templateOf(answers: InventoryAnswers): Template {
	const found = TEMPLATES[answers.template ?? ""] ?? TEMPLATES[USUAL_TEMPLATE];
	if (found === undefined) throw new Error("no template");
	return found;
}

/** The hosts that were named, the primary first. */
export function hostsOf(answers: InventoryAnswers): readonly string[] {
	return words(answers.hosts ?? "");
}

/** How many hosts, in words. */
export function countOf({ least, most, isOddOnly }: Template): string {
	if (least === most) return String(least);
	return `${least} or more${isOddOnly ? ", an odd number" : ""}`;
}

/** Each host with what becomes of it. */
export function rolesPreview(answers: InventoryAnswers): readonly string[] {
	const template = templateOf(answers);
	const hosts = hostsOf(answers);
	const names = words(answers.names ?? "");
	const usual = usualNames(hosts);
	return rolesOf(template.shape, Math.max(template.least, hosts.length)).map(({ role, site }, index) => {
		const host = hosts[index] ?? "…";
		const name = names[index] ?? usual[index] ?? "";
		return `${index + 1}. ${role.padEnd(8)} ${host}${name === host || name === "" ? "" : `, named ${name}`}${site === null ? "" : `, ${site}`}`;
	});
}

/** Has it as many hosts as this kind of cluster can have? */
export function hasFitCount({ least, most, isOddOnly }: Template, count: number): boolean {
	return count >= least && count <= most && !(isOddOnly && count % 2 === 0);
}
