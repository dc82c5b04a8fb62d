import type { StoreApi } from "zustand/vanilla";
import type { Bootstrap, HostLook, Prepared, Proof, Refusal } from "../bootstrap/bootstrap.ts";
import type { InventoryQuestion } from "../config/inventory-form/question.ts";
import type { InventoryAnswers } from "../config/inventory-form/templates.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Configured, Message } from "../text/message.ts";
import type { SudoPassword } from "../transport/ports.ts";
import type { StepGrid } from "./step-grid.ts";

/** How far the making of a cluster is. */
export type NewClusterWork =
	| { readonly state: "asking" }
	| { readonly state: "surveying" }
	| {
			readonly state: "refused";
			readonly refusals: readonly Refusal[];
			/** What can be carried out by taking over the hosts from another console that holds them, or null. */
			readonly locked: Prepared | null;
	  }
	| { readonly state: "planned"; readonly prepared: Prepared; readonly lines: readonly string[] }
	| { readonly state: "running"; readonly grid: StepGrid; readonly isStopping: boolean }
	| { readonly state: "stopped"; readonly grid: StepGrid; readonly outcome: "failed" | "interrupted" }
	| { readonly state: "proving"; readonly grid: StepGrid | null; readonly proofs: readonly Proof[] }
	| {
			readonly state: "ended";
			readonly grid: StepGrid | null;
			readonly proofs: readonly Proof[];
			/** Of this console's role on the new cluster; null: it has none. */
			readonly conninfo: string | null;
			/** The command that watches it as that role, or null. */
			readonly watchLine: string | null;
			/** Where the report is, or why it could not be written. */
			readonly report: string;
	  };

export interface NewClusterState {
	readonly answers: InventoryAnswers;
	/** What the last survey has of the hosts. */
	readonly looks: readonly HostLook[];
	/** Fingerprints of host keys that were accepted here. */
	readonly acceptedHostKeys: readonly string[];
	/** A step was begun on some host, by this console. */
	readonly hasBegun: boolean;
	readonly work: NewClusterWork;
}

/** What a new cluster is made with; app/ composes it. */
export interface NewClusterOptions {
	/** Path of the inventory. */
	readonly file: string;
	readonly home: string;
	/** Null: the inventory was written by hand, and is read instead of asked for. */
	readonly answers: InventoryAnswers | null;
	readonly read: () => Configured<Inventory>;
	/** Writes the inventory; never over what this program has not written. */
	readonly write: (text: string) => Configured<string>;
	readonly open: (
		inventory: Inventory,
		how: { readonly acceptedHostKeys: ReadonlySet<string>; readonly sudoPassword: SudoPassword },
	) => Bootstrap;
	/** Given when the program was started. */
	readonly sudoPassword: SudoPassword;
	/** What this console itself says of the new cluster. */
	readonly prove: (conninfo: string) => Promise<readonly Proof[]>;
	/** Saves the report. @returns a sentence about it. */
	readonly report: (bootstrap: Bootstrap, version: number, proofs: readonly Proof[]) => string;
}

/** A new cluster, from the questions to the proof. Nothing waits: every answer goes into the store. */
export interface NewCluster {
	readonly store: StoreApi<NewClusterState>;
	readonly file: string;
	/** False: the inventory was written by hand. */
	readonly canAsk: boolean;
	questions(): readonly InventoryQuestion[];
	/** Takes an answer. @returns why it can't be, or null. */
	answer(key: string, answer: string): Message | null;
	/** The key of a question without which there is no inventory, or null. */
	openQuestion(): string | null;
	/** Surveys the hosts that were named, in the background; changes nothing. */
	look(): void;
	/** From now on these keys are accepted, and no others. @param fingerprints as the last survey has shown them. */
	acceptHostKeys(fingerprints: readonly string[]): void;
	/** For sudo on the hosts, kept in memory only. @returns false: it can't be one. */
	giveSudoPassword(password: string): boolean;
	/** Writes the inventory, surveys all hosts and makes the plan. */
	survey(): void;
	/** Back to the questions; not while something is carried out. */
	ask(): void;
	/** Carries out the plan. The caller has it confirmed. */
	carryOut(takesOver: boolean): void;
	/** Begins no further step; what runs on a host goes on. */
	stop(): void;
	/** Resolves once nothing is carried out any more. */
	settled(): Promise<void>;
	close(): void;
}
