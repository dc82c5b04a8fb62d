import type { Crosscheck } from "../model/crosscheck.ts";
import type { LintReport } from "../model/lint-result.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { LogChunk, LogName } from "../model/log-tail.ts";
import type { Report } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { NamedServer } from "../model/snapshot.ts";
import type { Timelines } from "../model/timelines.ts";
import type { ConsoleStore, OnDemand } from "./console-store.ts";

/** What reaches the store, as a value. The same inputs in the same order make the same states again. */
export type StoreInput =
	| { readonly of: "reports"; readonly reports: readonly Report[] }
	| {
			readonly of: "found";
			readonly registrations: readonly Registration[];
			readonly by: NamedServer | null;
	  }
	| {
			readonly of: "logs";
			readonly nodeId: number;
			readonly looks: Readonly<Record<LogName, LogChunk>>;
			readonly at: number;
	  }
	| { readonly of: "crosscheck"; readonly crosscheck: Crosscheck }
	| { readonly of: "operating"; readonly isOn: boolean }
	| { readonly of: "acknowledged"; readonly key: string; readonly note: string | null }
	| { readonly of: "noted"; readonly entry: LogEntry }
	| { readonly of: "setupCheck"; readonly change: Partial<OnDemand<LintReport>> }
	| { readonly of: "timelines"; readonly change: Partial<OnDemand<Timelines>> }
	| { readonly of: "tick"; readonly now: number };

/** Gives the store an input that was told. */
export function giveInput(store: ConsoleStore, input: StoreInput): void {
	switch (input.of) {
		case "reports":
			store.receive(input.reports);
			break;
		case "found":
			store.found(input.registrations, input.by ?? undefined);
			break;
		case "logs":
			store.receiveLogs(input.nodeId, input.looks, input.at);
			break;
		case "crosscheck":
			store.receiveCrosscheck(input.crosscheck);
			break;
		case "operating":
			store.setOperating(input.isOn);
			break;
		case "acknowledged":
			store.acknowledge(input.key, input.note);
			break;
		case "noted":
			store.note(input.entry);
			break;
		case "setupCheck":
			store.receiveSetupCheck(input.change);
			break;
		case "timelines":
			store.receiveTimelines(input.change);
			break;
		case "tick":
			store.tick(input.now);
			break;
	}
}

/** The same store; tells of each input before it takes effect, so that one that another causes comes after it. */
export function tellingInputs(store: ConsoleStore, tell: (input: StoreInput) => void): ConsoleStore {
	return {
		...store,
		receive(reports) {
			tell({ of: "reports", reports });
			store.receive(reports);
		},
		found(registrations, by) {
			tell({ of: "found", registrations, by: by ?? null });
			store.found(registrations, by);
		},
		receiveLogs(nodeId, looks, at) {
			tell({ of: "logs", nodeId, looks, at });
			store.receiveLogs(nodeId, looks, at);
		},
		receiveCrosscheck(crosscheck) {
			tell({ of: "crosscheck", crosscheck });
			store.receiveCrosscheck(crosscheck);
		},
		setOperating(isOn) {
			tell({ of: "operating", isOn });
			store.setOperating(isOn);
		},
		acknowledge(key, note) {
			tell({ of: "acknowledged", key, note });
			store.acknowledge(key, note);
		},
		note(entry) {
			tell({ of: "noted", entry });
			store.note(entry);
		},
		receiveSetupCheck(change) {
			tell({ of: "setupCheck", change });
			store.receiveSetupCheck(change);
		},
		receiveTimelines(change) {
			tell({ of: "timelines", change });
			store.receiveTimelines(change);
		},
		tick(now) {
			tell({ of: "tick", now });
			store.tick(now);
		},
	};
}
