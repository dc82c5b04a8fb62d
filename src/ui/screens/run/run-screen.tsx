import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { planView, textIn } from "../plan/plan-view.ts";
import { runLayout } from "./run-view.ts";

/** What is being carried out: its steps, what they print, how it ends. */
export function RunScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "run");
	if (screen === null) return null;
	const { operationStore, columns } = context;
	const layout = runLayout(context, screen);
	const { wish } = operationStore;
	const isRefused = wish?.state === "refused" && wish.wasApproved;
	// Approved and not begun yet, or refused at the last moment.
	if (wish?.state === "starting" || wish?.state === "resuming" || isRefused) {
		const lines = isRefused
			? planView(context, { showsAll: false })
			: textIn(columns)("starting", 1, "Looking at everything once more, then locking the cluster…", "muted");
		return (
			<Box flexDirection="column" flexShrink={0}>
				<Rule
					columns={columns}
					title={
						isRefused ? "REFUSED" : wish?.state === "starting" ? `STARTING: ${wish.plan.title}` : "STARTING"
					}
				/>
				<StyledLines lines={lines} />
			</Box>
		);
	}
	if (layout === null) {
		return (
			<Box flexDirection="column" flexShrink={0}>
				<Rule columns={columns} title="OPERATION" />
				<StyledLines lines={textIn(columns)("none", 1, "Nothing was carried out here yet.", "muted")} />
			</Box>
		);
	}
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule
				columns={columns}
				title={`OPERATION: ${layout.title}`}
				note={[`${layout.operationId}  ${layout.elapsed}`, layout.elapsed]}
			/>
			<StyledLines lines={layout.steps} />
			<StyledLines lines={layout.result} />
			<Rule columns={columns} title={layout.logTitle} note={logNote(layout)} />
			<StyledLines lines={layout.log} />
		</Box>
	);
}

function logNote({ foot, logCount }: { readonly foot: number; readonly logCount: number }): string {
	return foot < logCount ? `${logCount - foot} lines below` : "";
}
