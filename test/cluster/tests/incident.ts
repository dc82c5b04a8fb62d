import { expect, test } from "vitest";
import { EXIT_CODE } from "../../../src/command/exit-code.ts";
import { PATIENCE } from "../../support/patience.ts";
import { isInThisHalf } from "./half.ts";
import { type Bastion, conninfoOf, type StatusDocument } from "./support.ts";

/** A fault of ../faults, on a host, with what follows the host. */
export type FaultCall = readonly [name: string, host: string, ...args: string[]];

/** What is broken, and exactly what the console must say of it: "warning STANDBY_DOWN node2", or "… cluster". */
export interface Incident {
	readonly faults: readonly FaultCall[];
	readonly finds: readonly string[];
	/** Other codes that may be told for a moment, after the faults or after the healing, and why they are true then; `only` where it says this. */
	readonly onTheWay?: readonly (string | readonly [code: string, only: RegExp])[];
	/** Seconds from the faults on in which the world itself has not got that far: a grace time, a timeout of PostgreSQL. */
	readonly patience?: number;
	/** The node that the console is given. */
	readonly via?: string;
	/** What else happens before it is healed. */
	readonly goesOn?: () => Promise<void>;
	/** Instead of healing every fault, the last first. */
	readonly heal?: () => Promise<void>;
	/** The saved state that it begins and ends with, so that nothing need be healed. */
	readonly state?: string;
	/** Further arguments of `status`. */
	readonly args?: readonly string[];
	/** What the findings must say, by code. */
	readonly says?: Readonly<Record<string, RegExp>>;
}

/** The set must be the exact one at latest at this look after the fault is there to be seen. */
const POLLS = 2;

/** A look is one `status --json`; it ends when every node and host has met its deadline, and says "unknown" of a busy machine. */
const LOOK_MS = 7000 * PATIENCE;

/** How long SSH may be late, on a machine with other work. */
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

/** Of the next incident in its file. */
let place = 0;

/** A test of one incident: the exact findings soon after the faults, nothing that is not true on the way, none after healing. */
export function incident(name: string, bastion: Bastion, what: Incident): void {
	test.skipIf(!isInThisHalf(place++))(name, async () => {
		const { cluster } = bastion;
		if (!(await cluster.savedNames()).includes(WELL)) {
			// One that is not healthy just then would never be waited for when it is restored.
			await cluster.waitHealthy(60_000);
			await cluster.save(WELL);
		}
		try {
			await meet(bastion, what);
		} catch (error) {
			// What it left behind is not the next one's.
			for (const [fault, host, ...args] of what.faults.toReversed())
				await cluster.heal(fault, host, ...args).catch(() => {});
			await cluster.restore(what.state ?? WELL);
			throw error;
		}
	});
}

/** The state that incidents end with. */
export const WELL = "well";

/** The last incident there has ended, and nothing was found any more: the next one need not look again. */
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
	// What only SSH tells is in the next look, where that took longer than a status waits for it.
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

/** One look after the other at one incident. */
export class Looks {
	readonly #bastion: Bastion;
	readonly #what: Incident;

	constructor(bastion: Bastion, what: Incident) {
		this.#bastion = bastion;
		this.#what = what;
	}

	/** Looks until exactly this is found, at so many looks running, within so many ms. Nothing else may be said on the way. */
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
