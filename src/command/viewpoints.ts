import { viewpointsOf } from "../assess/viewpoints.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { disagreeingViews, type Viewpoints } from "../model/viewpoint.ts";
import { troubleFirst } from "../presentation/grid.ts";
import { viewpointsGrid, viewpointsRecord } from "../presentation/viewpoints.ts";
import type { Session } from "../session/session.ts";
import { cutName } from "../text/words.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { textTable } from "./table.ts";
import { isRead, type Output } from "./terminal.ts";

/** Prints each node's copy of repmgr.nodes beside what is observed; the exit code says whether they agree. */
export async function viewpointsCommand(
	session: Session,
	{ json }: { readonly json: boolean },
	output: Output,
): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	const { snapshot } = session.store.getState();
	const viewpoints = viewpointsOf(snapshot);
	output.out(
		json ? JSON.stringify(viewpointsRecord(viewpoints, snapshot), null, 2) : textOf(viewpoints, snapshot),
	);
	if (viewpoints.views.some(isHeard) && disagreeingViews(viewpoints).length > 0) return EXIT_CODE.warning;
	return viewpoints.views.every(isHeard) ? EXIT_CODE.ok : EXIT_CODE.unknown;
}

function isHeard({ isCurrent, copy }: Viewpoints["views"][number]): boolean {
	return isCurrent && copy !== null;
}

function textOf(viewpoints: Viewpoints, snapshot: ClusterSnapshot): string {
	const { columns, rows } = troubleFirst(viewpointsGrid(viewpoints, snapshot));
	return [
		verdictOf(viewpoints),
		"",
		textTable(
			["", ...columns.map(({ title }) => cutName(title))],
			[
				["copy read", ...columns.map(({ note }) => note)],
				...rows.map(({ title, cells }) => [title, ...cells.map(({ text }) => text)]),
			],
		),
	].join("\n");
}

function verdictOf(viewpoints: Viewpoints): string {
	const { views } = viewpoints;
	const heard = views.filter(isHeard);
	const silent = views.length - heard.length;
	const others = disagreeingViews(viewpoints).map(({ nodeName }) => cutName(nodeName));
	const unheard = silent === 0 ? "" : `; the copies of ${silent} of ${views.length} nodes can't be read now`;
	if (heard.length === 0) return "UNKNOWN: no node's copy of repmgr.nodes can be read now";
	return others.length === 0
		? `${silent === 0 ? "OK" : "UNKNOWN"}: ${heard.length} nodes agree with what is observed${unheard}`
		: `WARNING: ${others.length} of ${heard.length} nodes disagree with what is observed: ${others.join(", ")}${unheard}`;
}
