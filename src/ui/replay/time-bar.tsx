import { Text } from "ink";
import type { ReactNode } from "react";
import type { ReplayState } from "../../model/replay.ts";
import { formatDateTime, formatTime } from "../../text/format.ts";
import { textWidth } from "../text/fit-text.ts";
import { useTheme } from "../theme/theme.ts";

const LEAST_BAR = 8;

/** Of calm times something is recorded every thirty seconds. */
const GAP_MS = 60_000;

/** The line above the footer: that this is a replay, where it is, and where something grave happened. */
export function TimeBar({
	state,
	columns,
}: {
	readonly state: ReplayState;
	readonly columns: number;
}): ReactNode {
	const theme = useTheme();
	const { at, shownAt, from, to, isPlaying, speed } = state;
	const pace = `${isPlaying ? "▶" : "paused"} ${speed}×  ${formatDateTime(at)} UTC `;
	// No console ran then.
	const gap = at - shownAt > GAP_MS ? `not recorded; this is ${formatDateTime(shownAt)} ` : "";
	const [begin, end] = [` ${formatTime(from)} `, ` ${formatTime(to)}`];
	const words = [BADGE, " ", pace, gap, begin, end];
	const room = words.reduce((left, text) => left - textWidth(text), columns);
	return (
		<Text wrap="truncate">
			<Text {...theme.badge}>{BADGE}</Text>
			<Text>{` ${pace}`}</Text>
			<Text {...theme.warning}>{gap}</Text>
			{room >= LEAST_BAR && (
				<Text {...theme.muted}>
					{begin}
					<Text {...theme.key}>{barOf(state, room)}</Text>
					{end}
				</Text>
			)}
		</Text>
	);
}

const BADGE = " REPLAY ";

/** The bar: what is over, where the replay is, and "!" where a critical finding opened. */
export function barOf({ at, from, to, marks }: ReplayState, width: number): string {
	const placeOf = (time: number): number =>
		to <= from ? 0 : Math.min(width - 1, Math.floor(((time - from) / (to - from)) * width));
	const grave = new Set(marks.filter(({ isGrave }) => isGrave).map((mark) => placeOf(mark.at)));
	const now = placeOf(at);
	return Array.from({ length: width }, (_, place) => {
		if (place === now) return "●";
		if (grave.has(place)) return "!";
		return place < now ? "━" : "─";
	}).join("");
}
