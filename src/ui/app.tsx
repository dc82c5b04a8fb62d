import { Box, Text, useApp, useStdout, useWindowSize } from "ink";
import { type ReactNode, useEffect, useMemo, useReducer, useRef } from "react";
import { useStore } from "zustand";
import { findingKey } from "../model/finding.ts";
import type { Practice } from "../model/practice.ts";
import type { Replay } from "../model/replay.ts";
import { pausedBanner } from "../presentation/paused-banner.ts";
import type { TopologyColumn } from "../presentation/topology.ts";
import { followRuns, interruptedRuns } from "../session/follow-runs.ts";
import type { Session } from "../session/session.ts";
import { systemMessage } from "../text/message.ts";
import { Footer } from "./components/footer.tsx";
import { Header } from "./components/header.tsx";
import type { Binding, ProgramName, UiContext } from "./context.ts";
import { keyLabel } from "./keys.ts";
import { operationBanner } from "./operation-banner.ts";
import { PLAY_ROWS, PlayBar } from "./play/play-bar.tsx";
import { usePlay } from "./play/use-play.ts";
import { openPrompt, problem, reduce, say } from "./reduce.ts";
import { withReplay } from "./replay/bindings.ts";
import { TimeBar } from "./replay/time-bar.tsx";
import { SCREEN_NAMES, SCREENS } from "./screens/index.ts";
import { changesForbidden } from "./screens/operations/operations-view.ts";
import { practiceBanner } from "./screens/practice/practice-view.ts";
import { withPractice } from "./screens/practice/screen.tsx";
import type { MouseTerminal } from "./terminal/mouse.ts";
import { alarmSequence, clipboardSequence } from "./terminal/output.ts";
import { redraw, suspendProcess } from "./terminal/redraw.ts";
import { wrapText } from "./text/wrap-text.ts";
import { type Theme, ThemeContext } from "./theme/theme.ts";
import { currentScreen, initialUiState } from "./ui-state.ts";
import { useKeys } from "./use-keys.ts";
import { useThrottledStore } from "./use-throttled-store.ts";

const SMALLEST = { columns: 60, rows: 12 };

/** A message gives way to the keys: long enough to read two lines. */
const MESSAGE_MS = 8000;

/** On fewer rows a banner is its first line only: the finding below says the rest. */
const ROOMY_ROWS = 20;

/** Header 2, footer 1; a banner takes more. */
const FRAME_LINES = 3;

const noText = (): string => "";

export interface AppProps {
	readonly session: Session;
	/** By name. */
	readonly themes: ReadonlyMap<string, Theme>;
	readonly themeName: string;
	readonly bindings: readonly Binding[];
	/** The user's choice for the table of nodes. */
	readonly topologyColumns?: readonly TopologyColumn[];
	readonly mouse?: MouseTerminal;
	readonly hasBell?: boolean;
	readonly canNotify?: boolean;
	/** Those of the configuration file. */
	readonly clusters?: { readonly names: readonly string[]; readonly open: (name: string) => void };
	/** Runs a program on the terminal; gives why that was not possible, or null. */
	readonly runProgram?: (program: ProgramName, nodeId: number) => Promise<string | null>;
	readonly practice?: Practice;
	/** What the operator sees, for a practice that solves itself. */
	readonly screenText?: () => string;
	/** What is shown is a record. */
	readonly replay?: Replay;
}

/** The whole screen: header, the screen the operator is on, footer. */
export function App({
	session,
	themes,
	themeName,
	topologyColumns,
	mouse,
	runProgram,
	practice,
	screenText = noText,
	replay,
	clusters,
	hasBell = false,
	canNotify = false,
	...props
}: AppProps): ReactNode {
	const { columns, rows } = useWindowSize();
	const { exit, suspendTerminal } = useApp();
	const { write } = useStdout();
	const live = useThrottledStore(session);
	const operationStore = useStore(session.operationStore.store);
	const [ui, dispatch] = useReducer(reduce, themeName, initialUiState);
	// Checks that the operator started go on while the display is frozen.
	const { setupCheck, crosscheck, timelines } = live;
	const data = ui.frozen === null ? live : { ...ui.frozen, setupCheck, crosscheck, timelines };
	const bindings = useMemo(() => {
		if (replay !== undefined) return withReplay(props.bindings);
		return practice === undefined ? props.bindings : withPractice(props.bindings, SCREEN_NAMES);
	}, [practice, replay, props.bindings]);
	const playing = usePlay(practice?.play ?? null, screenText, (text) => dispatch(say(text)));
	const practiceKey = keyLabel(bindings.find(({ id }) => id === "practice.open")?.keys[0] ?? "");
	const banner = [
		practice === undefined ? null : practiceBanner(practice.state(), practiceKey, "task, hints, faults"),
		currentScreen(ui).screen === "run" ? null : operationBanner(operationStore, live.snapshot, live.now),
		data.snapshot.isOperating ? null : pausedBanner(data),
	].flatMap((text) =>
		text === null ? [] : wrapText(text, columns - 2).slice(0, rows < ROOMY_ROWS ? 1 : undefined),
	);
	const isTooSmall = columns < SMALLEST.columns || rows < SMALLEST.rows;
	// Ink refuses a second suspension, and must not end while another program has the terminal.
	const isSuspended = useRef(false);
	const suspendFor = (work: () => Promise<void>): void => {
		if (isSuspended.current) return;
		isSuspended.current = true;
		suspendTerminal(() => mouse?.suspendedFor(work) ?? work())
			.catch((error: unknown) => dispatch(problem(`the program could not be run: ${systemMessage(error)}`)))
			.finally(() => {
				isSuspended.current = false;
			});
	};
	const context: UiContext = {
		ui,
		data,
		operationStore,
		now: live.now,
		session,
		columns,
		rows,
		bodyRows:
			rows -
			FRAME_LINES -
			banner.length -
			(replay === undefined ? 0 : 1) -
			(playing.state === null ? 0 : PLAY_ROWS),
		screens: SCREENS,
		// Nothing is selected or changed on a screen that can't be seen; quitting is always possible.
		bindings: isTooSmall ? bindings.filter(({ id }) => id === "quit" || id === "suspend") : bindings,
		themeNames: [...themes.keys()],
		...(topologyColumns !== undefined && { topologyColumns }),
		...(practice !== undefined && { practice }),
		...(replay !== undefined && { replay }),
		copy: (text) => write(clipboardSequence(text)),
		setMouse: (isOn) => mouse?.set(isOn),
		redraw,
		suspend: () => suspendFor(suspendProcess),
		openProgram: (program, nodeId) =>
			suspendFor(async () => {
				const failure = (await runProgram?.(program, nodeId)) ?? null;
				if (failure !== null) dispatch(problem(failure));
			}),
		clusters: clusters?.names ?? [],
		openCluster(name) {
			clusters?.open(name);
			exit();
		},
		exit: () => exit(),
	};
	playing.pressBy(useKeys(context, dispatch, () => isSuspended.current, mouse, playing.intercept));
	useEffect(() => {
		if (ui.message === null || ui.prompt !== null) return;
		const { message } = ui;
		const expiry = setTimeout(() => dispatch({ event: "expired", message }), MESSAGE_MS);
		return () => clearTimeout(expiry);
	}, [ui]);
	const known = useRef<ReadonlySet<string> | null>(null);
	useEffect(() => {
		const critical = live.snapshot.findings.filter(({ severity }) => severity === "critical");
		const news = critical.find(
			(finding) => known.current !== null && !known.current.has(findingKey(finding)),
		);
		known.current = new Set(critical.map(findingKey));
		if (news !== undefined && hasBell)
			write(alarmSequence(`${live.snapshot.cluster.name}: ${news.message}`, canNotify));
	}, [live.snapshot, hasBell, canNotify, write]);
	useEffect(() => followRuns(session), [session]);
	// Asks once about an interrupted operation, when the operations are known; the banner shows later ones.
	const hasAsked = useRef(false);
	useEffect(() => {
		if (hasAsked.current || operationStore.runs === null) return;
		hasAsked.current = true;
		const left = interruptedRuns(operationStore).find(({ isAlive }) => isAlive === false);
		const isBusy = isTooSmall || ui.prompt !== null || ui.themeBefore !== null;
		if (left === undefined || isBusy || changesForbidden(context) !== null) return;
		dispatch(openPrompt("resume", "", left.operationId));
	});
	// Also when a signal makes Ink unmount: otherwise every click would type into the shell.
	useEffect(() => () => mouse?.set(false), [mouse]);
	const theme = themes.get(ui.themeName) ?? [...themes.values()][0];
	if (theme === undefined) throw new Error("no theme");
	// Only the height is set: Ink 8.0.0 repaints a root of fixed width wrongly when the terminal shrinks.
	return (
		<ThemeContext value={theme}>
			<Box height={rows} flexDirection="column" overflow="hidden">
				{isTooSmall ? (
					<Text>
						{`This terminal has ${columns}×${rows}; the console needs ${SMALLEST.columns}×${SMALLEST.rows}. Enlarge it, or use "repmgr-console status".`}
					</Text>
				) : (
					<>
						<Header
							data={context.data}
							now={live.now}
							isFrozen={ui.frozen !== null}
							banner={banner}
							isHome={currentScreen(ui).screen === "topology"}
							columns={columns}
						/>
						<Box flexGrow={1} flexDirection="column" overflow="hidden">
							{SCREENS[currentScreen(ui).screen].draw(context)}
						</Box>
						{replay !== undefined && <TimeBar state={replay.state()} columns={columns} />}
						{playing.state !== null && <PlayBar state={playing.state} columns={columns} />}
						<Footer context={context} />
					</>
				)}
			</Box>
		</ThemeContext>
	);
}
