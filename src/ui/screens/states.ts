import { type Finding, findingKey } from "../../model/finding.ts";
import type { LogName } from "../../model/log-tail.ts";
import type { Operation } from "../../operation/operation.ts";
import type { Answers } from "../../operation/questions.ts";
import type { TopologyColumn } from "../../presentation/topology.ts";

/**
 * What the operator chose on each screen, and how each one opens. All in one file, since the state of the UI is a stack of
 * these. A selection is held by its identity, never by its row.
 */
export type ScreenState =
	| TopologyState
	| EventsState
	| EventState
	| NodeState
	| LogsState
	| FindingsState
	| FindingState
	| ViewpointsState
	| ElectionState
	| TimelinesState
	| LintState
	| LintResultState
	| OperationsState
	| WizardState
	| PlanState
	| RunState
	| RunsState
	| PastRunState
	| PracticeScreenState
	| HelpState;

export type ScreenName = ScreenState["screen"];

/** The lines that a list shows: those that match a text or regular expression ("!" in front inverts), or only problems. */
export interface Narrowing {
	readonly filter: string;
	readonly errorsOnly: boolean;
}

/** A text that is scrolled. */
export interface Scrolled {
	/** The first line that is shown. */
	readonly offset: number;
	/** What was searched last; "" or missing: nothing. */
	readonly search?: string;
}

const EVERYTHING: Narrowing = { filter: "", errorsOnly: false };

export interface TopologyState extends Narrowing {
	readonly screen: "topology";
	readonly nodeId: number | null;
	/** A `findingKey`; null is the worst one. */
	readonly finding: string | null;
	/** Which list the operator went to, and when (epoch ms). */
	readonly cursor: { readonly on: "findings" | "nodes"; readonly at: number } | null;
	/** Null is the tree. */
	readonly sort: TopologyColumn | null;
	/** The other way round: the best first. */
	readonly isReversed: boolean;
}

export function topologyState(): TopologyState {
	return {
		screen: "topology",
		nodeId: null,
		finding: null,
		cursor: null,
		sort: null,
		isReversed: false,
		...EVERYTHING,
	};
}

export interface EventsState extends Narrowing {
	readonly screen: "events";
	/** Null shows the events of all nodes. */
	readonly nodeId: number | null;
	/** A `keyOf`; null follows the newest. */
	readonly entry: string | null;
	/** Operations whose events are shown one by one. */
	readonly opened: readonly string[];
}

export function eventsState(nodeId: number | null): EventsState {
	return { screen: "events", nodeId, entry: null, opened: [], ...EVERYTHING };
}

export interface EventState extends Scrolled {
	readonly screen: "event";
	readonly entry: string;
}

export interface NodeState extends Scrolled {
	readonly screen: "node";
	readonly nodeId: number;
}

export function nodeState(nodeId: number): NodeState {
	return { screen: "node", nodeId, offset: 0 };
}

export interface LogsState extends Narrowing {
	readonly screen: "logs";
	readonly nodeId: number;
	readonly shown: LogName | "both";
	/** The log that keys scroll when both are shown. */
	readonly focus: LogName;
	/** For each log the number of its bottom line; null follows the newest. */
	readonly foot: Readonly<Record<LogName, number | null>>;
	/** Columns by which lines are shifted to the left. */
	readonly shift: number;
	readonly wraps: boolean;
}

export function logsState(nodeId: number): LogsState {
	return {
		screen: "logs",
		nodeId,
		shown: "both",
		focus: "postgresql",
		foot: { postgresql: null, repmgrd: null },
		shift: 0,
		wraps: false,
		...EVERYTHING,
	};
}

export interface ElectionState extends Scrolled {
	readonly screen: "election";
}

export interface TimelinesState extends Scrolled {
	readonly screen: "timelines";
}

export interface ViewpointsState extends Narrowing {
	readonly screen: "viewpoints";
	/** Each node's own copy of the metadata, or whether the nodes reach each other. */
	readonly shows: "beliefs" | "connections";
	/** Keys of the selected row and column; null is the first. */
	readonly row: string | null;
	readonly column: string | null;
}

export function viewpointsState(): ViewpointsState {
	return { screen: "viewpoints", shows: "beliefs", row: null, column: null, ...EVERYTHING };
}

export interface FindingsState {
	readonly screen: "findings";
	/** A `findingKey`; null is the worst one. */
	readonly finding: string | null;
}

export interface FindingState extends Scrolled {
	readonly screen: "finding";
	/** A `findingKey`. */
	readonly finding: string;
}

export function findingState(finding: Finding): FindingState {
	return { screen: "finding", finding: findingKey(finding), offset: 0 };
}

export interface LintState extends Narrowing {
	readonly screen: "lint";
	/** A `lintKey`; null is the worst one. */
	readonly result: string | null;
}

export function lintState(): LintState {
	return { screen: "lint", result: null, ...EVERYTHING };
}

export interface LintResultState extends Scrolled {
	readonly screen: "lintResult";
	readonly result: string;
}

export interface OperationsState {
	readonly screen: "operations";
	/** The selected operation; null is the first. */
	readonly kind: Operation["kind"] | null;
	/** The node that was selected when the screen opened. */
	readonly nodeId: number | null;
}

export interface WizardState {
	readonly screen: "wizard";
	readonly kind: Operation["kind"];
	readonly answers: Answers;
	/** A `WizardRow` key; null is the first. */
	readonly row: string | null;
}

/** With the node filled in where one is selected. */
export function wizardState(kind: Operation["kind"], nodeId: number | null): WizardState {
	return { screen: "wizard", kind, answers: nodeId === null ? {} : { node: String(nodeId) }, row: null };
}

export interface PlanState extends Scrolled {
	readonly screen: "plan";
	/** All checks, or only those that need attention. */
	readonly showsAll: boolean;
}

export function planState(): PlanState {
	return { screen: "plan", offset: 0, showsAll: false };
}

export interface RunState {
	readonly screen: "run";
	/** The number of the log's bottom line; null follows the newest. */
	readonly foot: number | null;
	/** The log of all steps, or of the current one. */
	readonly showsAll: boolean;
	/** Of the result, once it has ended. */
	readonly offset: number;
}

export function runState(): RunState {
	return { screen: "run", foot: null, showsAll: false, offset: 0 };
}

export interface PastRunState {
	readonly screen: "pastRun";
	readonly operationId: string;
	readonly offset: number;
}

export interface RunsState {
	readonly screen: "runs";
	readonly operationId: string | null;
}

export interface PracticeScreenState {
	readonly screen: "practice";
	readonly nodeId: number;
	/** The selected fault; null is the first. */
	readonly fault: string | null;
}

export interface HelpState extends Scrolled {
	readonly screen: "help";
}
