import type { Binding, UiContext } from "../context.ts";
import { currentScreen, type ScreenName } from "../ui-state.ts";
import { ELECTION } from "./election.ts";
import { EVENTS } from "./events.ts";
import { EVERYWHERE } from "./everywhere.ts";
import { FINDINGS } from "./findings.ts";
import { helpBindings } from "./help.ts";
import { LINT } from "./lint.ts";
import { LOGS } from "./logs.ts";
import { NODE } from "./node.ts";
import { OPERATIONS } from "./operations.ts";
import { RUNNING } from "./runs.ts";
import { TOPOLOGY } from "./topology.ts";
import { VIEWPOINTS } from "./viewpoints.ts";

/** Everything the operator can do, the screens' own first. */
export const BINDINGS: readonly Binding[] = [
	...TOPOLOGY,
	...RUNNING,
	...OPERATIONS,
	...EVENTS,
	...NODE,
	...LOGS,
	...FINDINGS,
	...VIEWPOINTS,
	...ELECTION,
	...LINT,
	...helpBindings(() => BINDINGS),
	...EVERYWHERE,
];

/** The bindings that work on a screen, in the order in which the footer shows them. */
export function bindingsOn(bindings: readonly Binding[], screen: ScreenName): readonly Binding[] {
	return bindings.filter(({ screens }) => screens === undefined || screens.includes(screen));
}

/** The binding of a key on the current screen, or null. */
export function bindingFor(bindings: readonly Binding[], key: string, { ui }: UiContext): Binding | null {
	return bindingsOn(bindings, currentScreen(ui).screen).find(({ keys }) => keys.includes(key)) ?? null;
}
