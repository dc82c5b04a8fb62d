import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { lintKey } from "../../../model/lint-result.ts";
import { FindingLine } from "../../components/finding-line.tsx";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { lintLayout, lintLine, lintNote, lintResultView, noResultsText } from "./lint-view.ts";

/** How the cluster is set up: a list of what is wrong, and the selected one in full below it as far as there is room. */
export function LintScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "lint");
	if (screen === null) return null;
	const { data, columns, bodyRows } = context;
	const { result: selected, results, height } = lintLayout(context, screen);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title="SET-UP" note={lintNote(data, screen)} />
			{selected === null && <Text {...theme.muted}>{`  ${noResultsText(data)}`}</Text>}
			{results.map(lintLine).map(({ key, ...texts }) => (
				<FindingLine
					key={key}
					{...texts}
					columns={columns}
					isSelected={selected !== null && key === lintKey(selected)}
				/>
			))}
			{selected !== null && (
				<>
					<Rule columns={columns} />
					<StyledLines lines={lintResultView(selected, columns).slice(0, bodyRows - height - 2)} />
				</>
			)}
		</Box>
	);
}
