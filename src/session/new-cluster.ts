import { createStore } from "zustand/vanilla";
import type { Bootstrap, HostLook, Prepared, Proof } from "../bootstrap/bootstrap.ts";
import {
	answerProblem,
	inventoryOfAnswers,
	inventoryText,
	openQuestion,
} from "../config/inventory-form/answers.ts";
import { inventoryQuestions } from "../config/inventory-form/questions.ts";
import type { InventoryAnswers } from "../config/inventory-form/templates.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Message } from "../text/message.ts";
import { isPassword } from "../text/password.ts";
import type { NewCluster, NewClusterOptions, NewClusterState, NewClusterWork } from "./new-cluster-state.ts";
import { advanced, gridOf } from "./step-grid.ts";

export type { HostLook, Prepared, Proof } from "../bootstrap/bootstrap.ts";
export { answerTo, answerWords } from "../config/inventory-form/answers.ts";
export type { InventoryQuestion } from "../config/inventory-form/question.ts";
export type { InventoryAnswers } from "../config/inventory-form/templates.ts";
export type { NewCluster, NewClusterOptions, NewClusterState, NewClusterWork } from "./new-cluster-state.ts";

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
