import { Text } from "ink";
import type { ReactNode } from "react";
import type { PlayState } from "../../model/practice.ts";
import { keyLabel } from "../keys.ts";
import { fitText, textWidth } from "../text/fit-text.ts";
import { wrapText } from "../text/wrap-text.ts";
import { useTheme } from "../theme/theme.ts";

/** Lines of the bar: which key, and two for the reason. */
export const PLAY_ROWS = 3;

const BADGE = " PLAY ";

/** Above the footer while a practice solves itself: which key comes next, and why. */
export function PlayBar({
	state,
	columns,
}: {
	readonly state: PlayState;
	readonly columns: number;
}): ReactNode {
	const theme = useTheme();
	const { step, steps, status, why } = state;
	const reason = wrapText(why, columns - 2);
	const [place, operator] = [` ${step} of ${steps}  `, OPERATOR[status]];
	const room = [BADGE, place, "  ", operator].reduce((left, text) => left - textWidth(text), columns);
	return (
		<>
			<Text wrap="truncate">
				<Text {...theme.badge}>{BADGE}</Text>
				<Text>{place}</Text>
				<Text {...theme.key}>{nextOf(state, room)}</Text>
				<Text {...theme.muted}>{`  ${operator}`}</Text>
			</Text>
			{Array.from({ length: PLAY_ROWS - 1 }, (_, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a line is its row
				<Text key={row} wrap="truncate">{` ${reason[row] ?? ""}`}</Text>
			))}
		</>
	);
}

const OPERATOR: Readonly<Record<PlayState["status"], string>> = {
	playing: "space: pause  other keys: end",
	paused: "paused  space: go on  other keys: end",
	over: "the keys are yours",
	ended: "",
};

/** What comes next, in so many columns. */
function nextOf({ status, press, type, waitsFor }: PlayState, columns: number): string {
	if (status === "over") return "the end";
	const keys = [...(type === "" ? [] : [type]), ...press.map(keyLabel)].join(" ");
	if (waitsFor === null) return keys === "" ? "look" : keys;
	const then = keys === "" ? "" : `, then ${keys}`;
	const shown = fitText(waitsFor, columns - textWidth(`waits for ""${then}`)).trimEnd();
	return `waits for "${shown}"${then}`;
}
