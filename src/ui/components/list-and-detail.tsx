import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { type List, listOf } from "../list.ts";
import type { FindingLine as FindingLineTexts } from "../screens/findings/finding-lines.ts";
import type { Span, StyledLine } from "../text/styled-line.ts";
import { useTheme } from "../theme/theme.ts";
import { FindingLine } from "./finding-line.tsx";
import { Rule } from "./rule.tsx";
import { StyledLines } from "./styled-lines.tsx";

/** The list takes a third of the screen at most; the rest is for the selected item. */
export function shortList<Item>(items: readonly Item[], selected: number, bodyRows: number): List<Item> {
	return listOf(items, selected, Math.min(items.length, Math.max(3, Math.floor(bodyRows / 3))));
}

interface ListAndDetailProps {
	readonly columns: number;
	readonly bodyRows: number;
	readonly title: string;
	readonly note: string;
	/** Instead of an empty list. */
	readonly empty: Span;
	/** The visible ones. */
	readonly lines: readonly FindingLineTexts[];
	readonly selectedKey: string | null;
	/** All that is known of the selected item; null if there is none. Cut to the screen. */
	readonly detail: readonly StyledLine[] | null;
}

/** Findings or the results of a check, and the selected one in full below them. */
export function ListAndDetail({ columns, bodyRows, ...props }: ListAndDetailProps): ReactNode {
	const theme = useTheme();
	const { title, note, empty, lines, selectedKey, detail } = props;
	return (
		<Box flexDirection="column" flexShrink={0}>
			<Rule columns={columns} title={title} note={note} />
			{lines.length === 0 && <Text {...theme[empty.role]}>{`  ${empty.text}`}</Text>}
			{lines.map(({ key, ...texts }) => (
				<FindingLine key={key} {...texts} columns={columns} isSelected={key === selectedKey} />
			))}
			{detail !== null && (
				<>
					<Rule columns={columns} />
					<StyledLines lines={detail.slice(0, bodyRows - lines.length - 2)} />
				</>
			)}
		</Box>
	);
}
