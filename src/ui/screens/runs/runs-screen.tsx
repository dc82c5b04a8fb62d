import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { windowTop } from "../../window.ts";
import { textIn } from "../plan/plan-view.ts";
import { runsView, selectedRun } from "./runs-view.ts";

/** What was done with this cluster from here, and what holds its lock. */
export function RunsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const screen = screenIf(context, "runs");
	if (screen === null) return null;
	const { operationStore, columns, bodyRows } = context;
	const runs = operationStore.runs ?? [];
	const selected = selectedRun(runs, screen.operationId);
	const text = textIn(columns);
	const fault =
		operationStore.runsFault === null ? [] : text("fault", 1, operationStore.runsFault, "critical");
	const height = bodyRows - 1 - fault.length;
	const top = windowTop(selected === null ? 0 : runs.indexOf(selected), runs.length, height);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule
				columns={columns}
				title="OPERATIONS CARRIED OUT"
				note={operationStore.runs === null ? "reading" : `${runs.length}`}
			/>
			<StyledLines
				lines={[
					...fault,
					...(operationStore.runs === null
						? fault.length > 0
							? []
							: text("reading", 1, "Reading this machine's journal, and the locks on the hosts…", "muted")
						: runs.length === 0
							? text(
									"none",
									1,
									"Nothing was done with this cluster from this machine, and nobody holds its lock.",
									"muted",
								)
							: runsView(context, runs, selected).slice(top, top + height)),
				]}
			/>
		</Box>
	);
}
