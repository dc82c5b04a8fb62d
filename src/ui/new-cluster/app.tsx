import { Box, Text, useApp, useWindowSize } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { PlayState, Practice } from "../../model/practice.ts";
import type { NewCluster } from "../../session/new-cluster.ts";
import { KeyLine, PromptLine } from "../components/footer.tsx";
import { Rule } from "../components/rule.tsx";
import { StyledLines } from "../components/styled-lines.tsx";
import { PLAY_ROWS, PlayBar } from "../play/play-bar.tsx";
import { usePlay } from "../play/use-play.ts";
import { practiceBanner } from "../screens/practice/practice-view.ts";
import { redraw } from "../terminal/redraw.ts";
import { type Theme, ThemeContext, useTheme } from "../theme/theme.ts";
import { useKeyboard } from "../use-keys.ts";
import { bodyOf } from "./body.ts";
import { footerKeys } from "./footer-keys.ts";
import { promptLabel, takeKey, takePaste } from "./input.ts";
import { askedKeys, goTo } from "./moves.ts";
import { type Here, initialUi, lineOf, type NewClusterUi, stageOf } from "./state.ts";

const SMALLEST = { columns: 60, rows: 12 };

/** Header, rule, footer. */
const FRAME_LINES = 3;

export interface NewClusterAppProps {
	readonly cluster: NewCluster;
	readonly theme: Theme;
	/** Opens the console on the new cluster. */
	readonly watch: (conninfo: string) => void;
	/** The hosts are simulated ones. */
	readonly practice?: Practice;
	/** What the operator sees, for a practice that solves itself. */
	readonly screenText?: () => string;
}

const noText = (): string => "";

/** The screens of a new cluster, from the first question to the proof. */
export function NewClusterApp({
	cluster,
	theme,
	watch,
	practice,
	screenText = noText,
}: NewClusterAppProps): ReactNode {
	const { columns, rows } = useWindowSize();
	const { exit } = useApp();
	const state = useStore(cluster.store);
	const [uiStore] = useState(() => createStore<NewClusterUi>(() => initialUi(firstOf(cluster))));
	const ui = useStore(uiStore);
	const now = useClock(["running", "surveying", "proving"].includes(state.work.state));
	const playing = usePlay(practice?.play ?? null, screenText, (message) => uiStore.setState({ message }));
	const bodyRows =
		rows - FRAME_LINES - (practice === undefined ? 0 : 1) - (playing.state === null ? 0 : PLAY_ROWS);
	// Several keys may come between two frames: each acts on what the ones before it led to.
	const hereNow = (): Here => ({
		...{ ui: uiStore.getState(), state: cluster.store.getState(), cluster },
		...{ columns, bodyRows, now: Date.now() },
		...(practice !== undefined && { practice }),
		watch(conninfo) {
			watch(conninfo);
			exit();
		},
		exit: () => exit(),
	});
	const isTooSmall = columns < SMALLEST.columns || rows < SMALLEST.rows;
	const press = (name: string | null, input: string): void => {
		if (name === "ctrl+l") redraw();
		else if (!isTooSmall || name === "ctrl+c") uiStore.setState(takeKey(hereNow(), name, input));
	};
	playing.pressBy(press);
	useKeyboard(
		(name, input) => {
			if (!playing.intercept(name)) press(name, input);
		},
		(text) => {
			if (!playing.intercept(null)) uiStore.setState(takePaste(hereNow(), text));
		},
	);
	// An inventory that was written or changed by hand is taken as it is: nothing is asked.
	useEffect(() => {
		if (!cluster.canAsk) cluster.survey();
	}, [cluster]);
	const here: Here = { ...hereNow(), ui, state, now };
	return (
		<ThemeContext value={theme}>
			<Box height={rows} flexDirection="column" overflow="hidden">
				{isTooSmall ? (
					<Text>
						{`This terminal has ${columns}×${rows}; the console needs ${SMALLEST.columns}×${SMALLEST.rows}. Enlarge it, or use "repmgr-console bootstrap init".`}
					</Text>
				) : (
					<Frame here={here} play={playing.state} />
				)}
			</Box>
		</ThemeContext>
	);
}

/** The first question; the summary of what an earlier console was told. */
function firstOf(cluster: NewCluster): string | null {
	if (Object.keys(cluster.store.getState().answers).length > 0) return null;
	return goTo({ cluster }, askedKeys({ cluster })[0] ?? null).question ?? null;
}

/** Epoch ms, once a second while something goes on. */
function useClock(isRunning: boolean): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		if (!isRunning) return;
		setNow(Date.now());
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, [isRunning]);
	return now;
}

function Frame({ here, play }: { readonly here: Here; readonly play: PlayState | null }): ReactNode {
	const theme = useTheme();
	const { columns, cluster, practice } = here;
	const { title, note, parts } = bodyOf(here);
	const place = placeOf(here);
	return (
		<>
			<Box justifyContent="space-between" flexShrink={0}>
				<Text wrap="truncate">
					<Text {...theme.title}>a new cluster</Text>
					<Text {...theme.muted}>{`   ${cluster.file}`}</Text>
				</Text>
				<Box flexShrink={0}>
					<Text {...theme.muted}>{place}</Text>
				</Box>
			</Box>
			{practice !== undefined && (
				<Text wrap="truncate">
					<Text {...theme.badge}>{` ${practiceBanner(practice.state(), "!", "task, hints")} `}</Text>
				</Text>
			)}
			<Rule columns={columns} title={title} note={note} />
			<Box flexGrow={1} flexDirection="column" overflow="hidden">
				{parts.map((part) =>
					part.kind === "rule" ? (
						<Rule key={part.title} columns={columns} title={part.title} />
					) : (
						<StyledLines key={part.key} lines={part.lines} />
					),
				)}
			</Box>
			{play !== null && <PlayBar state={play} columns={columns} />}
			<Bottom here={here} />
		</>
	);
}

const STAGES = ["questions", "survey", "plan", "work", "proof"] as const;

/** How far it is: the question's number, or the stage. */
function placeOf(here: Here): string {
	const { ui } = here;
	const keys = askedKeys(here);
	const stage = stageOf(here);
	if (stage === "choice" || stage === "text") {
		const at = keys.indexOf(ui.question ?? "");
		return at < 0 ? "" : `question ${at + 1} of ${keys.length}`;
	}
	const at = { summary: 0, surveying: 1, refused: 1, plan: 2, running: 3, stopped: 3, proving: 4, ended: 4 }[
		stage
	];
	return STAGES.map((name, position) => (position === at ? `[${name}]` : name)).join(" › ");
}

/** The question at the bottom, what the last key did, or the keys that work here. */
function Bottom({ here }: { readonly here: Here }): ReactNode {
	const theme = useTheme();
	const { ui, columns } = here;
	if (ui.asks !== null)
		return (
			<PromptLine
				prompt={ui.asks === "sudo password" ? lineOf("") : ui.line}
				label={promptLabel(here)}
				note={ui.message ?? ""}
				columns={columns}
			/>
		);
	if (ui.message !== null) return <Text {...theme.warning} wrap="truncate">{` ${ui.message}`}</Text>;
	const keys = footerKeys(here).map((key) => ({ ...key, isDisabled: false }));
	return <KeyLine keys={keys} />;
}
