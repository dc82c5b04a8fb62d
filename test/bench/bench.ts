import { parseArgs } from "node:util";
import { type Cluster, openCluster } from "../cluster/cluster.ts";
import { interruptible, throwIfInterrupted } from "../cluster/command.ts";
import { ClusterFailure, describeFailure } from "../cluster/failure.ts";
import { change } from "./measures/change.ts";
import { clone } from "./measures/clone.ts";
import { crosscheck } from "./measures/crosscheck.ts";
import { firstPicture } from "./measures/first-picture.ts";
import { manyNodes } from "./measures/many-nodes.ts";
import { memory } from "./measures/memory.ts";
import { primaryCut, standbyCut } from "./measures/node-cut.ts";
import { ownCost } from "./measures/own-cost.ts";
import { screenChange } from "./measures/screen-change.ts";
import { screenFrame } from "./measures/screen-frame.ts";
import { screenIdle } from "./measures/screen-idle.ts";
import { screenKeys } from "./measures/screen-keys.ts";
import { screenMemory } from "./measures/screen-memory.ts";
import { screenStart } from "./measures/screen-start.ts";
import { serverCost } from "./measures/server-cost.ts";
import { switchover } from "./measures/switchover.ts";
import { jsonReport, type Section, textReport } from "./report.ts";
import type { Measure, Result } from "./result.ts";
import { pass } from "./wait.ts";

const MEASURES: readonly Measure[] = [
	firstPicture,
	primaryCut,
	standbyCut,
	change,
	crosscheck,
	serverCost,
	ownCost,
	manyNodes,
	memory,
	screenStart,
	screenKeys,
	screenFrame,
	screenChange,
	screenIdle,
	screenMemory,
	switchover,
	clone,
];

const USAGE = `Usage: npm run bench -- [options]

Measures the console against repmgr on a real cluster of its own. Needs root.

Options:
  --only NAME    one measure; may be repeated. Names: ${MEASURES.map(({ name }) => name).join(", ")}
  --rounds N     how often each is repeated (default 5)
  --seconds N    how long costs are counted (default 60)
  --megabytes N  size of the database that is cloned (default 2000), of which the hosts need eight times as much memory
  --json         print every number as JSON
`;

/** A cluster that was just formed is still busy. */
const SETTLE_MS = 3000;

/** Two benches on one machine distort each other. */
const PREFIX = process.env.REPMGR_CONSOLE_BENCH_PREFIX || "bench";

interface Wanted {
	readonly measures: readonly Measure[];
	readonly rounds: number;
	readonly seconds: number;
	readonly megabytes: number;
	readonly json: boolean;
}

function wantedBy(args: readonly string[]): Wanted {
	const { values } = parseArgs({
		args: [...args],
		options: {
			only: { type: "string", multiple: true },
			rounds: { type: "string", default: "5" },
			seconds: { type: "string", default: "60" },
			megabytes: { type: "string", default: "2000" },
			json: { type: "boolean", default: false },
			help: { type: "boolean", short: "h" },
		},
	});
	if (values.help) {
		process.stdout.write(USAGE);
		process.exit(0);
	}
	const unknown = values.only?.find((only) => !MEASURES.some(({ name }) => name === only));
	if (unknown !== undefined) throw new ClusterFailure(`there is no measure "${unknown}"`, { hint: USAGE });
	return {
		measures: MEASURES.filter(({ name }) => values.only?.includes(name) ?? true),
		rounds: positive(values.rounds),
		seconds: positive(values.seconds),
		megabytes: positive(values.megabytes),
		json: values.json,
	};
}

function positive(text: string): number {
	if (!/^[1-9]\d{0,3}$/.test(text))
		throw new ClusterFailure(`not a number from 1 to 9999: "${text}"`, { hint: USAGE });
	return Number(text);
}

function say(text: string): void {
	process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

/** Each measure gets a fresh cluster, so that none is affected by what another broke. */
async function measureAll(
	cluster: Cluster,
	{ measures, rounds, seconds, megabytes }: Wanted,
): Promise<Section[]> {
	const sections: Section[] = [];
	for (const { name, about, run } of measures) {
		say(`${name}: bringing up the cluster`);
		await cluster.down();
		await cluster.upFormed();
		await interruptible(async () => {
			await pass(SETTLE_MS);
			const bench = { cluster, rounds, seconds, megabytes, say: (text: string) => say(`${name}: ${text}`) };
			sections.push({ name, about, ...(await attempt(() => run(bench))) });
		});
	}
	return sections;
}

/** A measure that fails must not stop the others. */
async function attempt(run: () => Promise<readonly Result[]>): Promise<Pick<Section, "results" | "failure">> {
	try {
		return { results: await run() };
	} catch (error) {
		throwIfInterrupted();
		return { results: [], failure: describeFailure(error) };
	}
}

async function main(): Promise<void> {
	const wanted = wantedBy(process.argv.slice(2));
	const cluster = openCluster({ prefix: PREFIX });
	if (await cluster.isUp()) {
		throw new ClusterFailure(`a cluster with the prefix "${PREFIX}" is up already`, {
			hint: `Another bench may be running. If not: npm run cluster -- down --prefix ${PREFIX}`,
		});
	}
	// A signal ends the current measure, not the clean-up after it.
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
	try {
		const sections = await measureAll(cluster, wanted);
		if (sections.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
		process.stdout.write(`${wanted.json ? jsonReport(sections) : textReport(sections)}\n`);
	} finally {
		await cluster.down();
	}
}

try {
	await main();
} catch (error) {
	process.stderr.write(`${describeFailure(error)}\n`);
	process.exitCode = String(error).includes("interrupted") ? 130 : 1;
}
