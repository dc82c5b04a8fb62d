import type { Binding, ScreenEntry } from "../context.ts";
import { everywhere } from "../everywhere.ts";
import { PROGRAM_BINDINGS } from "../programs.ts";
import { ELECTION } from "./election/screen.ts";
import { EVENT } from "./event/screen.ts";
import { EVENTS } from "./events/screen.tsx";
import { FINDING } from "./finding/screen.ts";
import { FINDINGS } from "./findings/screen.tsx";
import { HELP } from "./help/screen.ts";
import { LINT_RESULT } from "./lint-result/screen.ts";
import { LINT } from "./lint-results/screen.tsx";
import { LOGS } from "./logs/screen.tsx";
import { NODE } from "./node/screen.ts";
import { OPERATIONS } from "./operations/screen.tsx";
import { PLAN } from "./plan/screen.ts";
import { PRACTICE } from "./practice/screen.tsx";
import { RUN } from "./run/screen.tsx";
import { PAST_RUN } from "./runs/past-run.ts";
import { RUNS } from "./runs/screen.tsx";
import type { ScreenName } from "./states.ts";
import { TIMELINES } from "./timelines/screen.ts";
import { TOPOLOGY } from "./topology/screen.tsx";
import { VIEWPOINTS } from "./viewpoints/screen.tsx";
import { WIZARD } from "./wizard/screen.tsx";

/** The table of contents, in the order of the bindings in the footer. */
export const SCREENS: Readonly<Record<ScreenName, ScreenEntry>> = {
	topology: TOPOLOGY,
	plan: PLAN,
	run: RUN,
	runs: RUNS,
	pastRun: PAST_RUN,
	operations: OPERATIONS,
	wizard: WIZARD,
	events: EVENTS,
	event: EVENT,
	node: NODE,
	logs: LOGS,
	findings: FINDINGS,
	finding: FINDING,
	viewpoints: VIEWPOINTS,
	election: ELECTION,
	timelines: TIMELINES,
	lint: LINT,
	lintResult: LINT_RESULT,
	practice: PRACTICE,
	help: HELP,
};

const ALL = Object.values(SCREENS);

export const SCREEN_NAMES: readonly ScreenName[] = ALL.map(({ name }) => name);

/** Everything the operator can do, the screens' own first. */
export const BINDINGS: readonly Binding[] = [
	...ALL.flatMap(({ bindings }) => bindings),
	...PROGRAM_BINDINGS,
	...everywhere({
		notFirst: SCREEN_NAMES.filter((name) => name !== "topology"),
		texts: ALL.filter(({ find }) => find !== undefined).map(({ name }) => name),
		withFilter: ALL.filter(({ hasFilter }) => hasFilter).map(({ name }) => name),
	}),
];
