import { stripVTControlCharacters } from "node:util";
import { Box } from "ink";
import type { ReactNode } from "react";
import type { RepmgrEvent } from "../../src/model/server-reading.ts";
import { INITIAL_OPERATIONS } from "../../src/session/operation-store.ts";
import type { UiContext } from "../../src/ui/context.ts";
import { reduce } from "../../src/ui/reduce.ts";
import { BINDINGS, SCREENS } from "../../src/ui/screens/index.ts";
import { currentScreen, initialUiState } from "../../src/ui/ui-state.ts";
import { eventsOf } from "../../src/ui/use-keys.ts";
import { fakeSession } from "./fake-session.ts";
import { frameAt } from "./frame.tsx";
import { eventsReport, NOW, registration } from "./records.ts";

/** Sizes that every screen is made for. */
export const SIZES = [
	{ columns: 80, rows: 24 },
	{ columns: 120, rows: 40 },
	{ columns: 200, rows: 50 },
] as const;

/** From the smallest at which the console draws anything. */
export const ALL_SIZES = [{ columns: 60, rows: 12 }, { columns: 80, rows: 23 }, ...SIZES] as const;

/** An event that repmgr recorded so many seconds before NOW. */
export function recorded(secondsAgo: number, changes: Partial<RepmgrEvent> = {}): RepmgrEvent {
	return {
		nodeId: 1,
		event: "repmgrd_start",
		successful: true,
		timestamp: new Date(NOW - secondsAgo * 1000).toISOString().replace("Z", "000Z"),
		details: `recorded ${secondsAgo} s ago`,
		...changes,
	};
}

interface Given {
	readonly events?: readonly RepmgrEvent[];
	readonly nodeNames?: readonly string[];
	readonly columns?: number;
	readonly rows?: number;
}

/** The console as it starts: home screen, nodes registered and not read yet, these events. */
export function uiContext({
	events = [],
	nodeNames = ["node1", "node2", "node3"],
	columns = 80,
	rows = 24,
}: Given = {}) {
	const session = fakeSession(
		nodeNames.map((nodeName, position) => registration(position + 1, { nodeName })),
	);
	const { store } = session;
	const receive = (more: readonly RepmgrEvent[]): void => {
		store.receive([eventsReport(1, more)]);
	};
	receive(events);
	const copied: string[] = [];
	const context: UiContext = {
		ui: initialUiState("dark"),
		data: store.getState(),
		operationStore: INITIAL_OPERATIONS,
		now: NOW,
		session,
		columns,
		rows,
		// Header and footer take three.
		bodyRows: rows - 3,
		screens: SCREENS,
		bindings: BINDINGS,
		themeNames: ["dark"],
		copy: (text) => copied.push(text),
		setMouse() {},
		redraw() {},
		suspend() {},
		openProgram() {},
		clusters: [],
		openCluster() {},
		exit() {},
	};
	return { context, store, receive, copied };
}

/** What these keys lead to, by their names. */
export function press(context: UiContext, ...keys: readonly string[]): UiContext {
	let { ui } = context;
	for (const key of keys) {
		const input = [...key].length === 1 ? key : "";
		ui = eventsOf({ ...context, ui }, key, input).reduce(reduce, ui);
	}
	return { ...context, ui };
}

/** The current screen. */
export function draw(context: UiContext): ReactNode {
	return context.screens[currentScreen(context.ui).screen].draw(context);
}

/** A click on a line of the current screen. */
export function click(context: UiContext, line: number) {
	return context.screens[currentScreen(context.ui).screen].click(context, line);
}

/** The lines that a screen's body draws at the size of the context's terminal; what does not fit is cut. */
export function bodyLines({ columns, bodyRows }: UiContext, body: ReactNode): readonly string[] {
	const frame = frameAt(
		columns,
		<Box height={bodyRows} flexDirection="column" overflow="hidden">
			{body}
		</Box>,
	);
	return stripVTControlCharacters(frame)
		.split("\n")
		.map((line) => line.trimEnd());
}

/** All lines that a body would draw if the terminal were high enough. */
export function drawnLines({ columns }: UiContext, body: ReactNode): readonly string[] {
	return stripVTControlCharacters(
		frameAt(
			columns,
			<Box flexDirection="column" flexShrink={0}>
				{body}
			</Box>,
		),
	).split("\n");
}
