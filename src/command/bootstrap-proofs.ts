import { setTimeout as after } from "node:timers/promises";
import type { Proof } from "../bootstrap/bootstrap.ts";
import { type Crosscheck, resultsOf, summarise } from "../model/crosscheck.ts";
import { electionReport } from "../presentation/election-report.ts";
import { verdictOf } from "../presentation/verdict.ts";
import type { Session } from "../session/session.ts";
import { type Configured, formatMessage } from "../text/message.ts";
import { listed, sentence } from "../text/words.ts";
import { WAY_TITLES } from "./crosscheck.ts";

/** A daemon that has just started has a grace time of ten seconds. */
const SETTLED_MS = 40_000;

/** What this console itself says of the new cluster: status, connections between the nodes, configuration, forecast. */
export async function sessionProofs(open: () => Promise<Configured<Session>>): Promise<readonly Proof[]> {
	const title = "this console watches the cluster";
	const opened = await open();
	if (opened.problems !== undefined) {
		return [{ title, isOk: false, found: opened.problems.map(formatMessage).join(" ") }];
	}
	const session = opened.value;
	try {
		const { fault } = await session.firstPicture();
		if (fault !== undefined) return [{ title, isOk: false, found: sentence(fault) }];
		await settled(session);
		const verdict = verdictOf(session.store.getState().snapshot);
		const lint = await session.checkSetup();
		const crosscheck = await crosschecked(session);
		const { tried, failed, silent } = summarise(crosscheck);
		const { snapshot } = session.store.getState();
		const names = new Map(snapshot.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
		const troubles = connectionTroubles(crosscheck, (nodeId) => names.get(nodeId) ?? `node ${nodeId}`);
		const bad = lint.results.filter(({ severity }) => severity === "error" || severity === "warning");
		const unread = lint.results.filter(({ severity }) => severity === "unknown");
		const forecast = electionReport(snapshot);
		return [
			{
				title: "status",
				isOk: verdict.severity === "ok",
				found: `${verdict.word.toUpperCase()}: ${verdict.text}`,
			},
			{
				title: "every node reaches every other, by SQL and SSH as repmgr does",
				isOk: failed === 0 && silent === 0,
				found: [`${tried} connections were tried; ${failed} fail.`, ...troubles].join(" "),
			},
			{
				title: "configuration has no warning",
				isOk: bad.length === 0 && lint.isAnythingRead,
				found: [
					bad.length === 0
						? `There are ${lint.results.length - unread.length} notices.`
						: `${listed(bad.map(({ code, message }) => `${message} [${code}]`))}.`,
					// What only a superuser may read.
					...new Set(unread.map(({ why }) => `Not read: ${why}`)),
				].join(" "),
			},
			{
				title: "failover forecast",
				// Without automatic failover nobody is promoted, as it was wanted.
				isOk: true,
				found: forecast.verdict,
			},
		];
	} finally {
		session.close();
	}
}

/** Hosts that have just been set up are busy: what failed is tried again. */
const MOST_CROSSCHECKS = 3;
const PAUSE_MS = 5000;

async function crosschecked(session: Session): Promise<Crosscheck> {
	for (let turn = 1; ; turn += 1) {
		await session.crosscheck();
		const { crosscheck } = session.store.getState();
		if (crosscheck === null) throw new Error("a crosscheck that was made is not in the store");
		const { failed, silent } = summarise(crosscheck);
		if ((failed === 0 && silent === 0) || turn === MOST_CROSSCHECKS) return crosscheck;
		await after(PAUSE_MS);
	}
}

/** Which connections fail, and what was said; hosts that could not be asked. */
export function connectionTroubles(
	{ rows }: Crosscheck,
	nameOf: (nodeId: number) => string,
): readonly string[] {
	return rows.flatMap((row) => [
		...(row.asked.state === "silent"
			? [`${nameOf(row.fromNodeId)} can't be asked: ${sentence(row.asked.fault)}`]
			: []),
		...resultsOf(row)
			.filter(({ state }) => state === "failed")
			.map(({ toNodeId, way, word, lines }) => {
				const said = lines.at(-1) ?? "";
				return `${nameOf(row.fromNodeId)} to ${nameOf(toNodeId)} by ${WAY_TITLES[way]}: ${word}${said === "" ? "" : ` (${said})`}.`;
			}),
	]);
}

async function settled({ store }: Session): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	const check = (): void => {
		if (store.getState().snapshot.severity === "ok") resolve();
	};
	const unsubscribe = store.subscribe(check);
	const timer = setTimeout(resolve, SETTLED_MS);
	check();
	await promise;
	clearTimeout(timer);
	unsubscribe();
}
