import type { Intent } from "../../model/intent.ts";
import type { Registration } from "../../model/registration.ts";
import type { Message } from "../../text/message.ts";

/** One thing that has to be so before anything is done. */
export interface Prerequisite {
	/** What is asked for, e.g. "WAL replay runs". */
	readonly title: string;
	/**
	 * failed refuses the operation; warning and unknown do not, but have to be read. What must be known and can't be read is
	 * failed.
	 */
	readonly state: "ok" | "warning" | "failed" | "unknown";
	/** What was found, in a sentence. */
	readonly found: string;
	/** How to mend it; null where nothing need be. */
	readonly fix: string | null;
}

/** Why an operation is refused; `detail` and `hint` are "" where there is none. */
export interface Refusal extends Message {
	readonly detail: string;
	readonly hint: string;
	/** All that was checked, failed or not; empty where it did not come to that. */
	readonly prerequisites: readonly Prerequisite[];
}

/** One command on one host. */
export interface Command {
	readonly nodeId: number;
	/** Operating system user: the owner of the database. */
	readonly user: string;
	readonly argv: readonly string[];
	/**
	 * Hosts that the command will use SSH to: connections are opened before it starts, and shared by its logins (ssh_config(5),
	 * ControlMaster). Where that can't be done, it logs in as always.
	 */
	readonly sharesSshTo: readonly string[];
}

/** What the cluster has to show; judged by unmetExpectations(). */
export type Expectation =
	/** The one server of the cluster that is not in recovery. */
	| { readonly kind: "primary"; readonly nodeId: number }
	/** Receives WAL from that node, on its timeline. */
	| { readonly kind: "streaming"; readonly nodeId: number; readonly fromNodeId: number }
	/** A witness watches that node: its row in repmgr.nodes says so. */
	| { readonly kind: "watching"; readonly nodeId: number; readonly upstreamNodeId: number }
	| { readonly kind: "paused"; readonly nodeId: number; readonly isPaused: boolean }
	| { readonly kind: "repmgrd"; readonly nodeId: number; readonly isRunning: boolean }
	/** The primary's repmgr.nodes has it as this, active, under that node; null: under none. */
	| {
			readonly kind: "registered";
			readonly nodeId: number;
			readonly as: Registration["type"];
			readonly upstreamNodeId: number | null;
	  }
	/** The primary's repmgr.nodes has no row of it. */
	| { readonly kind: "unregistered"; readonly nodeId: number }
	/** Its host says that no postmaster runs. */
	| { readonly kind: "stopped"; readonly nodeId: number }
	/** The same, and its control data say that it was shut down in good order. */
	| { readonly kind: "shut down"; readonly nodeId: number }
	/** Answers, and started after the step began. */
	| { readonly kind: "restarted"; readonly nodeId: number }
	/** Another server than this one is the only primary. */
	| { readonly kind: "succeeded"; readonly nodeId: number }
	/** There is exactly one primary, this one or another. */
	| { readonly kind: "one primary"; readonly nodeId: number };

export interface Step {
	/** Unique in the plan; also names the step's run directory on its host. */
	readonly key: string;
	/** e.g. "repmgr tries it, without changing anything". */
	readonly title: string;
	readonly command: Command;
	/** Empty: the command changes nothing that could be seen, and its exit code decides. */
	readonly expects: readonly Expectation[];
	/** How long the cluster may take to show it after the command has ended. */
	readonly settleSeconds: number;
	/** What is read to verify it, in words. */
	readonly verification: string;
	/** How to get back from here should it fail, in words. */
	readonly wayBack: string;
	/**
	 * always: also done when a step before it failed, and left out when what it expects is so already. It undoes what must not
	 * stay. if begun: only of a resumed operation; what an earlier console began is looked after, and how it ended is no matter.
	 */
	readonly runs: "in order" | "always" | "if begun";
	/** Nothing is run on a host: this console does it itself, or only watches. */
	readonly by?: "this console";
	/** Begun at once with its neighbours that are so, too: none of them needs another one. */
	readonly together?: true;
	/** However it ends: what comes after it is made again from what is seen then. */
	readonly looksAgain?: true;
	/** The log of `repmgr node rejoin` that the step's command leaves on this node is fetched afterwards. */
	readonly rejoinLogOn: number | null;
}

/** What is in for it. */
export interface BlastRadius {
	/** Servers that stop or restart, each once. */
	readonly restarts: readonly number[];
	/** Whose connections drop, in words. */
	readonly dropped: string;
	/** Seconds without a primary that accepts writes; null: there is no outage. */
	readonly writeOutageSeconds: { readonly from: number; readonly to: number } | null;
	/** Committed WAL that may be lost; null: it can't be told. */
	readonly lossBytes: number | null;
	/** More than that may be lost: something was written after the look, or is still being written. */
	readonly mayLoseMore?: boolean;
	/** On what the figures rest. */
	readonly reasoning: string;
}

/**
 * How an operator confirms. Grows with the impact: y or n; the name of the node that changes most; its name, and the
 * number of bytes that may be lost.
 */
export type Confirmation =
	| { readonly kind: "yes" }
	| { readonly kind: "name"; readonly name: string }
	| { readonly kind: "name and loss"; readonly name: string; readonly lossBytes: number | null };

/** All that would be done, as a value: to be shown, printed, exported, confirmed, carried out and resumed. */
export interface Plan {
	readonly intent: Intent;
	/** e.g. `switchover to "node2"`. */
	readonly title: string;
	readonly cluster: string;
	readonly systemIdentifier: string;
	/** Epoch ms. */
	readonly madeAt: number;
	readonly nodes: readonly { readonly nodeId: number; readonly nodeName: string }[];
	readonly prerequisites: readonly Prerequisite[];
	readonly steps: readonly Step[];
	readonly blastRadius: BlastRadius;
	readonly confirmation: Confirmation;
	/** Of each node where it is known: was repmgrd paused before? It will be so again. */
	readonly pausedBefore: readonly { readonly nodeId: number; readonly isPaused: boolean }[];
}

export type Requested =
	| { readonly plan: Plan; readonly refusal?: never }
	| { readonly refusal: Refusal; readonly plan?: never };
