import { expect } from "vitest";
import { EXIT_CODE } from "../../../src/command/exit-code.ts";
import { PATIENCE } from "../../support/patience.ts";
import { FORMED } from "../cluster.ts";
import { type Bastion, conninfoOf, type StatusDocument } from "./support.ts";
import { testInTurn } from "./turns.ts";

/** A fault of ../faults with its host and further arguments. */
export type FaultCall = readonly [name: string, host: string, ...args: string[]];

/** What is broken, and the exact findings: "warning STANDBY_DOWN node2", or "… cluster". */
export interface Incident {
	readonly faults: readonly FaultCall[];
	readonly finds: readonly string[];
	/** Further codes that are true for a moment after the faults or after healing; `only` if the finding's text matches. */
	readonly onTheWay?: readonly (string | readonly [code: string, only: RegExp])[];
	/** Seconds after the faults before the findings are due: a grace time, a timeout of PostgreSQL. */
	readonly patience?: number;
	/** The node that the console connects to. */
	readonly via?: string;
	/** Happens before healing. */
	readonly goesOn?: () => Promise<void>;
	/** By default heals every fault, the last one first. */
	readonly heal?: () => Promise<void>;
	/** The saved state that the incident begins and ends with; replaces healing. */
	readonly state?: string;
	/** Further arguments of `status`. */
	readonly args?: readonly string[];
	/** The text that the findings must have, by code. */
	readonly says?: Readonly<Record<string, RegExp>>;
}

/** The findings must be exact after so many looks at a visible fault. */
const POLLS = 2;

/** One `status --json`: it ends when every node and host has answered or timed out, and is "unknown" on a busy machine. */
const LOOK_MS = 7000 * PATIENCE;

/** How late SSH may be on a busy machine. */
const SSH_MS = 15_000 * PATIENCE;

/** Findings as the tests name them. */
export function findingsOf({ findings, nodes }: StatusDocument): readonly string[] {
	return findings.map((finding) => nameOf(finding, nodes)).toSorted();
}

type Finding = StatusDocument["findings"][number];

function nameOf({ severity, code, nodeId }: Finding, nodes: StatusDocument["nodes"]): string {
	const node = nodes.find((one) => one.nodeId === nodeId);
	return `${severity} ${code} ${node?.nodeName ?? "cluster"}`;
}

const wordsOf = ({ message, detail, hint, doNot }: Finding): string =>
	[message, detail, hint, doNot].join(" ");

/** Tests one incident: exact findings soon after the faults, no false finding on the way, none after healing. */
export function incident(name: string, bastion: Bastion, what: Incident): void {
	testInTurn(name, async () => {
		const { cluster } = bastion;
		try {
			await meet(bastion, what);
		} catch (error) {
			// Leaves nothing behind for the next incident.
			for (const [fault, host, ...args] of what.faults.toReversed())
				await cluster.heal(fault, host, ...args).catch(() => {});
			await cluster.restore(what.state ?? FORMED);
			throw error;
		}
	});
}

/** Bastions whose last incident ended without findings, so that the next one need not check that again. */
const seenWell = new WeakSet<Bastion>();

async function meet(bastion: Bastion, what: Incident): Promise<void> {
	const { cluster } = bastion;
	const looks = new Looks(bastion, what);
	if (!seenWell.delete(bastion)) await looks.until([], 60_000);
	for (const [fault, host, ...args] of what.faults) await cluster.fault(fault, host, ...args);
	let document = await looks.until(what.finds, 1000 * (what.patience ?? 0) + POLLS * LOOK_MS);
	const said = Object.entries(what.says ?? {}).map(([code, pattern]) => {
		const words = (): string =>
			document.findings
				.filter((found) => found.code === code)
				.map(wordsOf)
				.join();
		return { words, pattern };
	});
	// What is read over SSH is in the next look if it took longer than a status waits for it.
	for (const deadline = Date.now() + SSH_MS; Date.now() < deadline; ) {
		if (said.every(({ words, pattern }) => pattern.test(words()))) break;
		document = await looks.until(what.finds, LOOK_MS, 1);
	}
	for (const { words, pattern } of said) expect(words()).toMatch(pattern);
	await what.goesOn?.();
	if (what.state !== undefined) await cluster.restore(what.state);
	else if (what.heal !== undefined) await what.heal();
	else
		for (const [fault, host, ...args] of what.faults.toReversed()) await cluster.heal(fault, host, ...args);
	await looks.until([], 60_000, 1);
	seenWell.add(bastion);
}

function isOn(way: NonNullable<Incident["onTheWay"]>[number], finding: Finding): boolean {
	const [code, only] = typeof way === "string" ? [way, /^/] : way;
	return finding.code === code && only.test(wordsOf(finding));
}

/** Repeated looks at one incident. */
export class Looks {
	readonly #bastion: Bastion;
	readonly #what: Incident;

	constructor(bastion: Bastion, what: Incident) {
		this.#bastion = bastion;
		this.#what = what;
	}

	/** Looks until exactly this is found `running` times in a row, within so many ms. Nothing else may be found on the way. */
	async until(wanted: readonly string[], withinMs: number, running = 2): Promise<StatusDocument> {
		const { finds, onTheWay = [] } = this.#what;
		const sorted = wanted.toSorted();
		const told: string[] = [];
		const deadline = Date.now() + withinMs;
		for (let hits = 0; ; ) {
			const isLast = Date.now() >= deadline;
			const document = await this.#look();
			const found = findingsOf(document);
			told.push(found.join(", ") || "nothing");
			hits = found.join() === sorted.join() ? hits + 1 : 0;
			if (hits === running) return document;
			const strange = document.findings.flatMap((finding) => {
				const one = nameOf(finding, document.nodes);
				return [...finds, ...wanted].includes(one) || onTheWay.some((way) => isOn(way, finding))
					? []
					: [`${one}: ${wordsOf(finding)}`];
			});
			expect(strange, `said on the way: ${told.join("; then ")}`).toEqual([]);
			if (isLast && hits === 0)
				throw new Error(`wanted ${sorted.join(", ") || "nothing"}; found ${told.join("; then ")}`);
		}
	}

	async #look(): Promise<StatusDocument> {
		const { via = "node3", args = [] } = this.#what;
		const target = args.includes("--cluster") ? [] : ["-d", conninfoOf(via)];
		const run = await this.#bastion.run(["status", "--json", ...target, ...args], {
			state: await this.#bastion.memory(),
		});
		expect(run.stdout, run.stderr).not.toBe("");
		const document = JSON.parse(run.stdout) as StatusDocument;
		expect(run.exitCode).toBe(EXIT_CODE[document.severity]);
		return document;
	}
}
