import { createStore, type StoreApi } from "zustand/vanilla";
import type { Bootstrap, HostLook, Prepared, Proof, Refusal } from "../bootstrap/bootstrap.ts";
import {
	answerProblem,
	inventoryOfAnswers,
	inventoryText,
	openQuestion,
} from "../config/inventory-form/answers.ts";
import type { InventoryQuestion } from "../config/inventory-form/question.ts";
import { inventoryQuestions } from "../config/inventory-form/questions.ts";
import type { InventoryAnswers } from "../config/inventory-form/templates.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Configured, Message } from "../text/message.ts";
import { isPassword } from "../text/password.ts";
import type { SudoPassword } from "../transport/ports.ts";
import { advanced, gridOf, type StepGrid } from "./step-grid.ts";

export type { HostLook, Prepared, Proof } from "../bootstrap/bootstrap.ts";
export { answerTo, answerWords } from "../config/inventory-form/answers.ts";
export type { InventoryQuestion } from "../config/inventory-form/question.ts";
export type { InventoryAnswers } from "../config/inventory-form/templates.ts";

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

/** Output of many hosts at once is shown no more often than this. */
const BATCH_MS = 100;

export function createNewCluster(options: NewClusterOptions): NewCluster {
	const { file, home, open } = options;
	const store = createStore<NewClusterState>(() => ({
		answers: options.answers ?? {},
		looks: [],
		acceptedHostKeys: [],
		hasBegun: false,
		work: { state: "asking" },
	}));
	const show = (work: NewClusterWork): void => store.setState({ work });
	/** With an option, for whichever hosts. */
	const givenPassword = options.sudoPassword.value;
	let bootstrap: Bootstrap | null = null;
	let lookedAt = "";
	/** Answers of an earlier survey are not shown. */
	let turn = 0;
	let controller = new AbortController();
	let carryingOut: Promise<void> = Promise.resolve();

	function reopen(inventory: Inventory): Bootstrap {
		bootstrap?.close();
		bootstrap = open(inventory, {
			acceptedHostKeys: new Set(store.getState().acceptedHostKeys),
			sudoPassword: options.sudoPassword,
		});
		turn += 1;
		store.setState({ looks: [] });
		return bootstrap;
	}

	function watcher(): (look: HostLook) => void {
		const own = turn;
		return (look) => {
			if (own !== turn) return;
			const { looks } = store.getState();
			const others = looks.some(({ node }) => node === look.node)
				? looks.map((one) => (one.node === look.node ? look : one))
				: [...looks, look];
			store.setState({ looks: others });
		};
	}

	async function survey(): Promise<void> {
		const { answers } = store.getState();
		const written = options.answers === null ? null : options.write(inventoryText(answers));
		const inventory = written?.problems === undefined ? options.read() : { problems: written.problems };
		if (inventory.problems !== undefined) {
			show({ state: "refused", refusals: inventory.problems, locked: null });
			return;
		}
		const opened = reopen(inventory.value);
		const own = turn;
		lookedAt = "";
		show({ state: "surveying" });
		const prepared = await opened.prepare(watcher()).catch(defect);
		if (own !== turn || store.getState().work.state !== "surveying") return;
		if ("refusals" in prepared) show({ state: "refused", refusals: prepared.refusals, locked: null });
		else show({ state: "planned", prepared, lines: prepared.lines("text") });
	}

	async function carryOut(opened: Bootstrap, prepared: Prepared, takesOver: boolean): Promise<void> {
		let grid = gridOf(prepared.plan.steps, Date.now());
		let timer: NodeJS.Timeout | null = null;
		const running = (): void => {
			timer = null;
			show({ state: "running", grid, isStopping: controller.signal.aborted });
		};
		controller = new AbortController();
		let isOver = false;
		controller.signal.addEventListener("abort", () => {
			if (!isOver) running();
		});
		running();
		const ended =
			prepared.left === 0
				? ({ kind: "done", proofs: opened.proofs() } as const)
				: await opened
						.carryOut(
							(progress) => {
								if (progress.kind === "begun") store.setState({ hasBegun: true });
								grid = advanced(grid, progress, Date.now());
								timer ??= setTimeout(running, BATCH_MS);
							},
							controller.signal,
							takesOver,
						)
						.catch((error: unknown) => {
							const [refusal] = defect(error).refusals;
							grid = advanced(grid, { kind: "refused", refusal }, Date.now());
							return { kind: "failed" as const };
						});
		isOver = true;
		if (timer !== null) clearTimeout(timer);
		if (ended.kind === "refused") {
			const { refusal } = ended;
			show({ state: "refused", refusals: [refusal], locked: refusal.canTakeOver === true ? prepared : null });
			return;
		}
		if (ended.kind !== "done") {
			show({ state: "stopped", grid, outcome: ended.kind });
			return;
		}
		const { conninfo, watchLine } = opened;
		show({ state: "proving", grid, proofs: ended.proofs });
		const more =
			conninfo === null
				? []
				: await options
						.prove(conninfo)
						.catch((error: unknown): readonly Proof[] => [
							{ title: "this console watches the cluster", isOk: false, found: `${String(error)}.` },
						]);
		const proofs = [...ended.proofs, ...more];
		const report = options.report(opened, prepared.plan.version, proofs);
		show({ state: "ended", grid, proofs, conninfo, watchLine, report });
	}

	return {
		store,
		file,
		canAsk: options.answers !== null,
		questions() {
			const { answers, looks } = store.getState();
			return inventoryQuestions(answers, offeredBy(looks));
		},
		answer(key, answer) {
			const { answers } = store.getState();
			const problem = answerProblem(answers, key, answer, home);
			if (problem !== null) return problem;
			store.setState({ answers: { ...answers, [key]: answer } });
			// A password that was typed is for the hosts that were named, and for no others.
			if ((key === "hosts" || key === "ssh.user") && answer !== answers[key])
				options.sudoPassword.value = givenPassword;
			return problem;
		},
		openQuestion: () => openQuestion(store.getState().answers, home),
		look() {
			const { answers } = store.getState();
			const asked = { template: answers.template ?? "", hosts: answers.hosts ?? "", ...sshOf(answers) };
			const subject = JSON.stringify(asked);
			const inventory = inventoryOfAnswers(asked, file, home);
			if (inventory.value === undefined || subject === lookedAt) return;
			lookedAt = subject;
			void reopen(inventory.value).prepare(watcher()).catch(defect);
		},
		acceptHostKeys(fingerprints) {
			lookedAt = "";
			const known = store.getState().acceptedHostKeys;
			store.setState({ acceptedHostKeys: [...new Set([...known, ...fingerprints])] });
		},
		giveSudoPassword(password) {
			if (!isPassword(password)) return false;
			lookedAt = "";
			options.sudoPassword.value = password;
			return true;
		},
		survey() {
			void survey();
		},
		ask: () => show({ state: "asking" }),
		carryOut(takesOver) {
			const { work } = store.getState();
			const prepared =
				work.state === "planned" ? work.prepared : work.state === "refused" ? work.locked : null;
			if (prepared === null || bootstrap === null) return;
			carryingOut = carryOut(bootstrap, prepared, takesOver);
		},
		stop: () => controller.abort(),
		settled: () => carryingOut,
		close: () => bootstrap?.close(),
	};
}

function sshOf(answers: InventoryAnswers): InventoryAnswers {
	return Object.fromEntries(Object.entries(answers).filter(([key]) => key.startsWith("ssh.")));
}

/** Versions that all hosts have or offer, the newest first; null until all have answered. */
function offeredBy(looks: readonly HostLook[]): readonly number[] | null {
	const read = looks.flatMap((look) => (look.state === "read" ? [look.versions] : []));
	const [first] = read;
	if (first === undefined || read.length < looks.length) return null;
	return first.filter((version) => read.every((versions) => versions.includes(version)));
}

function defect(error: unknown): { readonly refusals: readonly [Message] } {
	return {
		refusals: [
			{
				message: "the request failed",
				detail: `${String(error)}.`,
				hint: "This is a defect of the console: please report it.",
			},
		],
	};
}
