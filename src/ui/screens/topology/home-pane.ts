import type { NodeView } from "../../../model/snapshot.ts";
import type { UiContext } from "../../context.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { findingView } from "../finding/finding-view.ts";
import { nodeView } from "../node/node-view.ts";
import { subjectOf } from "../node/subject.ts";
import type { HomeCursor } from "./home-cursor.ts";

/** The finding or node that the cursor is on. */
export function paneOf(
	{ data, session, bodyRows }: UiContext,
	{ on, finding }: HomeCursor,
	node: NodeView | null,
	width: number,
): readonly StyledLine[] {
	if (on === "findings" && finding !== null) return findingView(data, finding, width - 2, false);
	const subject = node && subjectOf(data, node.nodeId, session.intervalMs);
	return subject === null ? [] : nodeView(subject, width - 2, bodyRows);
}

/** A line at the left of each line, down to the end of the screen. */
export function besideLists(
	lines: readonly StyledLine[],
	height: number,
	side: string,
): readonly StyledLine[] {
	return Array.from({ length: height }, (_, position) => ({
		key: String(position),
		spans: [{ text: `${side} `, role: "border" }, ...(lines[position]?.spans ?? [])],
	}));
}
