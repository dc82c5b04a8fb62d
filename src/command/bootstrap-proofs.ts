import type { Proof } from "../bootstrap/bootstrap.ts";
import { summarise } from "../model/crosscheck.ts";
import { electionReport } from "../presentation/election-report.ts";
import { verdictOf } from "../presentation/verdict.ts";
import type { Session } from "../session/session.ts";
import { type Configured, formatMessage } from "../text/message.ts";
import { listed, sentence } from "../text/words.ts";

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
		const [lint] = await Promise.all([session.checkSetup(), session.crosscheck()]);
		const { crosscheck, snapshot } = session.store.getState();
		const bad = lint.results.filter(({ severity }) => severity !== "notice");
		const { tried, failed, silent } =
			crosscheck === null ? { tried: 0, failed: 0, silent: 1 } : summarise(crosscheck);
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
				found: `${tried} connections were tried; ${failed} fail.`,
			},
			{
				title: "configuration has no warning",
				isOk: bad.length === 0 && lint.isAnythingRead,
				found:
					bad.length === 0
						? `${lint.results.length} notices.`
						: `${listed(bad.map(({ code, message }) => `${message} [${code}]`))}.`,
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
