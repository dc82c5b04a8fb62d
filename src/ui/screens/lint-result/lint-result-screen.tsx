import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { pageNote, pageOf } from "../../window.ts";
import { lintResultPage } from "../lint-results/lint-view.ts";

/** One result of the check of the set-up in full. */
export function LintResultScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const screen = screenIf(context, "lintResult");
	if (screen === null) return null;
	const lines = lintResultPage(context, screen.result);
	const page = pageOf(lines, screen.offset, context.bodyRows - 1);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={context.columns} title="SET-UP" note={pageNote(page)} />
			{lines.length === 0 && <Text {...theme.ok}>{"  the newest check does not find this any more"}</Text>}
			<StyledLines lines={page.lines} />
		</Box>
	);
}
