import { KEY_NAMES, keyNameProblem } from "../model/key-names.ts";
import { TOPOLOGY_COLUMNS, type TopologyColumn } from "../presentation/topology.ts";
import type { Binding } from "./context.ts";
import { SCREEN_NAMES } from "./screens/index.ts";
import type { ScreenName } from "./screens/states.ts";

/** The configuration of the screen, as written in the file. */
export interface Preferences {
	/** A binding's ID and the keys that replace its own; an empty list unbinds it. */
	readonly keys?: Readonly<Record<string, readonly string[]>>;
	/** Of the table of nodes, from the left. */
	readonly columns?: readonly string[];
}

/** What is wrong with a preference. */
export interface PreferenceProblem {
	/** Its path in the preferences, e.g. ["keys", "quit", 0]. */
	readonly path: readonly (string | number)[];
	/** The path's last key is wrong, not its value. */
	readonly isKey?: true;
	readonly message: string;
	readonly detail: string;
	/** The unknown word and the known ones. */
	readonly near?: { readonly word: string; readonly known: readonly string[] };
}

/** The operator must be able to quit, and to tell the rows apart. */
const NEEDED_BINDING = "quit";
const NEEDED_COLUMN: TopologyColumn = "node";

/** Everything that is wrong. */
export function preferenceProblems(
	{ keys = {}, columns }: Preferences,
	bindings: readonly Binding[],
): readonly PreferenceProblem[] {
	const problems = [
		...Object.entries(keys).flatMap(([id, names]) => rebindingProblems(id, names, bindings)),
		...(columns === undefined ? [] : columnProblems(columns)),
	];
	// Conflicts are meaningless while there are unknown words.
	return problems.length > 0 ? problems : conflicts(keys, bindings);
}

/** The bindings with the user's keys. */
export function rebind(
	bindings: readonly Binding[],
	keys: Readonly<Record<string, readonly string[]>>,
): readonly Binding[] {
	return bindings.map((binding) =>
		Object.hasOwn(keys, binding.id) ? { ...binding, keys: keys[binding.id] ?? [] } : binding,
	);
}

/** The user's columns, after validation. */
export function chosenColumns({ columns }: Preferences): readonly TopologyColumn[] | undefined {
	return columns?.flatMap((name) => TOPOLOGY_COLUMNS.find((column) => column === name) ?? []);
}

function rebindingProblems(
	id: string,
	names: readonly string[],
	bindings: readonly Binding[],
): readonly PreferenceProblem[] {
	const known = bindings.map((binding) => binding.id);
	if (!known.includes(id)) {
		return [
			{
				path: ["keys", id],
				isKey: true,
				message: `unknown key binding "${id}"`,
				detail: `The key bindings are ${known.join(", ")}.`,
				near: { word: id, known },
			},
		];
	}
	if (id === NEEDED_BINDING && names.length === 0) {
		return [
			{
				path: ["keys", id],
				message: `"${id}" has no key`,
				detail: "Without it the console could not be quit.",
			},
		];
	}
	return names.flatMap((name, position) => {
		const detail = keyNameProblem(name);
		const path = ["keys", id, position];
		return detail === null
			? []
			: [
					{
						path,
						message: `unknown key "${name}" for "${id}"`,
						detail,
						near: { word: name, known: nearKeys(name) },
					},
				];
	});
}

/** The special keys, or what a word with a modifier may mean: "ctrl+q" for "Ctrl-q". */
function nearKeys(name: string): readonly string[] {
	const [, modifier, rest = ""] = /^(ctrl|alt|control|meta|c|m|a)[-+ ](.+)$/i.exec(name) ?? [];
	if (modifier === undefined) return KEY_NAMES;
	const meant = `${/^c/i.test(modifier) ? "ctrl" : "alt"}+${rest.toLowerCase()}`;
	return keyNameProblem(meant) === null ? [meant] : [];
}

function columnProblems(columns: readonly string[]): readonly PreferenceProblem[] {
	const problems = columns.flatMap((name, position): PreferenceProblem[] => {
		const path = ["columns", position];
		if (!TOPOLOGY_COLUMNS.some((column) => column === name)) {
			return [
				{
					path,
					message: `unknown column "${name}"`,
					detail: `The columns are ${TOPOLOGY_COLUMNS.join(", ")}.`,
					near: { word: name, known: TOPOLOGY_COLUMNS },
				},
			];
		}
		return columns.indexOf(name) < position
			? [{ path, message: `column "${name}" is listed twice`, detail: "A column can be shown once." }]
			: [];
	});
	if (problems.length > 0 || columns.includes(NEEDED_COLUMN)) return problems;
	return [
		{
			path: ["columns"],
			message: `"columns" has no "${NEEDED_COLUMN}"`,
			detail: "Without the nodes' names their rows can't be told apart.",
		},
	];
}

/**
 * Keys with two bindings on one screen, if the user's keys are involved. The console's own overrides of a binding that
 * works everywhere stay allowed.
 */
function conflicts(
	keys: Readonly<Record<string, readonly string[]>>,
	defaults: readonly Binding[],
): readonly PreferenceProblem[] {
	const bindings = rebind(defaults, keys);
	const isMeant = (ids: readonly string[], key: string): boolean =>
		defaults.filter((binding) => ids.includes(binding.id)).every((binding) => binding.keys.includes(key));
	return Object.entries(keys).flatMap(([id, names]) => {
		const own = bindings.find((binding) => binding.id === id);
		return names.flatMap((name, position): PreferenceProblem[] => {
			const other = bindings.find(
				(binding) =>
					binding.id !== id &&
					binding.keys.includes(name) &&
					own &&
					commonScreen(own, binding) &&
					!isMeant([id, binding.id], name),
			);
			if (other === undefined || own === undefined) return [];
			// If the user rebound both, only the first is reported.
			const isSaid = Object.hasOwn(keys, other.id) && bindings.indexOf(other) < bindings.indexOf(own);
			const screen = commonScreen(own, other);
			return isSaid
				? []
				: [
						{
							path: ["keys", id, position],
							message: `key "${name}" is bound twice on screen "${screen}": to "${id}" and to "${other.id}"`,
							detail: `Give one of them another key; "${other.id}" (${other.label}) has ${other.keys.join(", ")}.`,
						},
					];
		});
	});
}

/** A screen on which both work, or null. */
function commonScreen(one: Binding, other: Binding): ScreenName | null {
	const isOn = ({ screens }: Binding, name: ScreenName): boolean =>
		screens === undefined || screens.includes(name);
	return SCREEN_NAMES.find((name) => isOn(one, name) && isOn(other, name)) ?? null;
}
