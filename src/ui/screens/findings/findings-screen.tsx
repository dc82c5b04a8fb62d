import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { findingKey } from "../../../model/finding.ts";
import { FindingLine } from "../../components/finding-line.tsx";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { findingView } from "../finding/finding-view.ts";
import { pauseReason } from "../runs/runs-view.ts";
import { findingLines, findingsLayout } from "./finding-lines.ts";

/** What is wrong: a list, and the selected one in full below it as far as there is room. */
export function FindingsScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "findings");
	if (screen === null) return null;
	const { data, columns, bodyRows } = context;
	const count = data.snapshot.findings.length;
	const { finding: selected, findings, height } = findingsLayout(context, screen.finding);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title="FINDINGS" note={count === 0 ? "" : String(count)} />
			{findings.length === 0 && <Text {...theme.ok}>{"  nothing is wrong that this console knows of"}</Text>}
			{findingLines(findings, data.findingPeriods, data.now).map(({ key, ...texts }) => (
				<FindingLine
					key={key}
					{...texts}
					columns={columns}
					isSelected={selected !== null && key === findingKey(selected)}
				/>
			))}
			{selected !== null && (
				<>
					<Rule columns={columns} />
					<StyledLines
						lines={findingView(data, selected, columns, false, pauseReason(context.operationStore)).slice(
							0,
							bodyRows - height - 2,
						)}
					/>
				</>
			)}
		</Box>
	);
}
