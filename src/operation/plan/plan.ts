import type { Intent } from "../../model/intent.ts";
import type { OwnCommits } from "../../model/own-wal.ts";
import type { Registration } from "../../model/registration.ts";
import type { Message } from "../../text/message.ts";

/** A check before anything is done, with its result. */
export interface Prerequisite {
	/** What has to hold, e.g. "WAL replay runs". */
	readonly title: string;
	/**
	 * "failed" refuses the operation; "warning" and "unknown" are only shown. A check that must not be skipped fails where it
	 * can't be made.
	 */
	readonly state: "ok" | "warning" | "failed" | "unknown";
	/** What was found, as a sentence. */
	readonly found: string;
	/** How to fix it; null where there is nothing to fix. */
	readonly fix: string | null;
}

/** Why an operation is refused; `detail` and `hint` are "" where there is none. */
export interface Refusal extends Message {
	readonly detail: string;
	readonly hint: string;
	/** Every check that was made, failed or not; empty where none was. */
	readonly prerequisites: readonly Prerequisite[];
	/** What would be lost. */
	readonly ownCommits?: OwnCommits;
	readonly alternatives?: readonly Alternative[];
}

/** One of several operations that lead to the same end, in the order of how much they change. */
export interface Alternative {
	/** e.g. "rewind". */
	readonly title: string;
	/** Of this console, e.g. "rejoin node1 --force-rewind". */
	readonly command: string;
	readonly isPossible: boolean;
	/** Why not, or what it means, as sentences. */
	readonly why: string;
}

/** One command on one host. */
export interface Command {
	readonly nodeId: number;
	/** Operating system user: the owner of the database, or root where packages are installed. */
	readonly user: string;
	readonly argv: readonly string[];
	/** Its standard input; else that is empty. Other users of the host see arguments (ps), but not this. */
	readonly input?: string;
	/** Its standard input is a secret that only the console holds which carries the plan out. */
	readonly takes?: "new password";
	/**
	 * Hosts that the command logs in to over SSH. Connections to them are opened before it starts, and shared (ssh_config(5),
	 * ControlMaster); where that fails, the command logs in by itself.
	 */
	readonly sharesSshTo: readonly string[];
	/** Of a script of several lines: what it does as commands, one a line, which an operator reads instead. */
	readonly shown?: readonly string[];
}

/** What the cluster shows once a step has worked; judged by unmetExpectations(). */
export type Expectation =
	/** The node is the only server out of recovery. */
	| { readonly kind: "primary"; readonly nodeId: number }
	/** The node receives WAL from that node, on its timeline. */
	| { readonly kind: "streaming"; readonly nodeId: number; readonly fromNodeId: number }
	/** The witness is registered under that node. */
	| { readonly kind: "watching"; readonly nodeId: number; readonly upstreamNodeId: number }
	| { readonly kind: "paused"; readonly nodeId: number; readonly isPaused: boolean }
	| { readonly kind: "repmgrd"; readonly nodeId: number; readonly isRunning: boolean }
	/** The primary's repmgr.nodes has the node as active, of this type and under that upstream; null: none. */
	| {
			readonly kind: "registered";
			readonly nodeId: number;
			readonly as: Registration["type"];
			readonly upstreamNodeId: number | null;
	  }
	/** The primary's repmgr.nodes has no row of the node. */
	| { readonly kind: "unregistered"; readonly nodeId: number }
	/** No postmaster runs on its host. */
	| { readonly kind: "stopped"; readonly nodeId: number }
	/** The same, and its control data say "shut down". */
	| { readonly kind: "shut down"; readonly nodeId: number }
	/** systemd can't start the server: its unit is masked. */
	| { readonly kind: "masked"; readonly nodeId: number; readonly isMasked: boolean }
	/** default_transaction_read_only in the server's configuration files. */
	| { readonly kind: "read-only"; readonly nodeId: number; readonly isReadOnly: boolean }
	/** The server answers, and started after the step began. */
	| { readonly kind: "restarted"; readonly nodeId: number }
	/** Another server than the node is the only primary. */
	| { readonly kind: "succeeded"; readonly nodeId: number }
	/** There is exactly one primary, the node or another. */
	| { readonly kind: "one primary"; readonly nodeId: number };

export interface Step {
	/** Unique in the plan; names the step's run directory on its host. */
	readonly key: string;
	/** e.g. "repmgr dry run, which changes nothing". */
	readonly title: string;
	readonly command: Command;
	/** Empty: the command changes nothing that a node shows, and its exit code decides. */
	readonly expects: readonly Expectation[];
	/** How long the cluster may take to show that after the command has ended. */
	readonly settleSeconds: number;
	/** How the step is verified, for the operator. */
	readonly verification: string;
	/** How to recover if the step fails, for the operator. */
	readonly wayBack: string;
	/**
	 * always: cleanup, which is done even after a failure, and left out where its effect is there already. if begun: in a
	 * resumed operation, a step that an earlier console may have begun; it is followed to its end, whatever that is.
	 */
	readonly runs: "in order" | "always" | "if begun";
	/** The console does the step itself, or only watches: it runs nothing on a host. */
	readonly by?: "this console";
	/** Begins at the same time as the neighbouring steps that have this, too. */
	readonly together?: true;
	/** However the step ends, the steps after it are planned again from what is seen then. */
	readonly looksAgain?: true;
	/** Its copy is watched while it is made. */
	readonly backup?: WatchedCopy;
	/** Afterwards the log of `repmgr node rejoin` is fetched from this node. */
	readonly rejoinLogOn: number | null;
}

/** A base backup, on the node that it is made from and under its application_name; or what the step's host has in these directories. */
export type WatchedCopy =
	| { readonly fromNodeId: number; readonly name: string }
	| { readonly directories: readonly string[]; readonly totalBytes: number };

/** What the operation affects. */
export interface BlastRadius {
	/** Nodes whose server restarts. */
	readonly restarts: readonly number[];
	/** The connections that drop, for the operator. */
	readonly dropped: string;
	/** How long no primary accepts writes; null: there is no outage. */
	readonly writeOutageSeconds: { readonly from: number; readonly to: number } | null;
	/** Committed WAL that may be lost; null: unknown. */
	readonly lossBytes: number | null;
	/** More may be lost: the primary wrote after it was read, or still writes. */
	readonly mayLoseMore?: boolean;
	/** What the figures are based on. */
	readonly reasoning: string;
}

/**
 * How the operator confirms, by impact: y or n; the name of the node; its name and how much may be lost, in transactions where
 * `lossCommits` is known, else in bytes.
 */
export type Confirmation =
	| { readonly kind: "yes" }
	| { readonly kind: "name"; readonly name: string }
	| {
			readonly kind: "name and loss";
			readonly name: string;
			readonly lossBytes: number | null;
			readonly lossCommits?: number;
	  };

/** An operation as a value: it is shown, printed, exported, confirmed, carried out and resumed. */
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
	/** Whether repmgrd was paused before, for each node where that is known; it is restored. */
	readonly pausedBefore: readonly { readonly nodeId: number; readonly isPaused: boolean }[];
	/** The transactions that only the node has, which would be lost. */
	readonly ownCommits?: OwnCommits;
	readonly alternatives?: readonly Alternative[];
	/** What the operator should know once it is done, as sentences: how to go back, and what stays where. */
	readonly afterwards?: readonly string[];
	/** What it sets right, as it was when the plan was made; compared with how it is in the end. */
	readonly before?: readonly StateRow[];
}

/** One thing that an operation sets right, and how it is. */
export interface StateRow {
	readonly title: string;
	readonly value: string;
}

/** The same, before and after. */
export interface ComparedRow {
	readonly title: string;
	readonly before: string;
	/** Null: it was not seen afterwards. */
	readonly after: string | null;
}

export type Requested =
	| { readonly plan: Plan; readonly refusal?: never }
	| { readonly refusal: Refusal; readonly plan?: never };
