import type { FenceNote } from "../../model/host-reading.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { killForGood } from "../checks/lost-primary.ts";
import { onHost, psql, repmgr } from "../plan/commands.ts";
import { type Facts, fenceOn, hostOf, serverUnitOf } from "../plan/facts.ts";
import { noteName, REMOVE_NOTE, WRITE_NOTE } from "../plan/host-note.ts";
import type { Command, Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";
import { isBeingStopped } from "../service/changing.ts";
import { SERVICE_FUNCTION, shownService } from "../service/command.ts";

/** How long a server may take to stop in good order: it sends all WAL to its receivers, and archives what is left. */
export const STOP_SECONDS = 60;

/** $1 pg_ctl, $2 seconds, $3 unit, $4 data directory, then the command that stops in good order. pg_ctl's status is 3 where no server runs. */
export const STOP_SCRIPT = `${SERVICE_FUNCTION}
pg_ctl=$1; data=$4; shift; run_service "$@"
"$pg_ctl" status -D "$data" >/dev/null; [ $? -ne 3 ] || exit 0
echo "stopping it at once, as in a crash"; exec "$pg_ctl" stop -D "$data" -m immediate -t 30
`;

/** $1 pid, then the command that stops it. That of Debian's init script ends with 0 and leaves a running repmgrd as it is. */
export const REPMGRD_SCRIPT =
	'pid=$1; shift; "$@"; for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = repmgrd ] || exit 0; [ $i -ne 5 ] || kill "$pid"; sleep 1; done; exit 1';

function script(facts: Facts, node: NodeView, text: string, ...words: readonly string[]): Command {
	return onHost(facts, node, ["sh", "-c", text, "sh", ...words]);
}

/** `systemctl mask UNIT`, as sudo was asked for it. */
export function systemctl(facts: Facts, node: NodeView, verb: "mask" | "unmask"): readonly string[] {
	const program = hostOf(facts, node.nodeId).value?.programs.find(
		({ parameter }) => parameter === "service_stop_command",
	);
	return [
		program?.program || "/usr/bin/systemctl",
		verb,
		serverUnitOf(hostOf(facts, node.nodeId).value)?.unit ?? "",
	];
}

/**
 * A file in the console's directory on the host, not a drop-in of the unit: systemd shows none of a masked unit, and writing
 * one takes root, while masking takes a single command of sudo.
 */
export function writeNote(facts: Facts, node: NodeView, note: Omit<FenceNote, "since">): Step {
	return step({
		key: "note",
		title: `write down on the host of ${quoted(node)} who fences it and why`,
		command: script(facts, node, WRITE_NOTE, noteName("fence", facts, node), JSON.stringify(note)),
		verification: "the command ends with 0",
		wayBack: "unfence removes the file.",
	});
}

export function removeNote(facts: Facts, node: NodeView): Step {
	return step({
		key: "forget",
		title: `remove the file that says who fenced ${quoted(node)}`,
		command: script(facts, node, REMOVE_NOTE, noteName("fence", facts, node)),
		verification: "the command ends with 0",
	});
}

/** systemd then starts it neither at the boot of its host nor on request. A running server goes on. */
export function maskUnit(facts: Facts, node: NodeView): Step {
	return step({
		key: "mask",
		title: `mask the unit of ${quoted(node)}, so that it can't be started`,
		command: onHost(facts, node, ["sudo", "-n", ...systemctl(facts, node, "mask")]),
		verification: "systemctl ends with 0; the next step sees the mask",
		wayBack: "unfence takes the mask back.",
	});
}

/** @param key "unfence" where it is what the operation is for. */
export function unmaskUnit(facts: Facts, node: NodeView, key: "unmask" | "unfence"): Step {
	return step({
		key,
		title: `take back the mask of the unit of ${quoted(node)}, so that it can be started`,
		command: onHost(facts, node, ["sudo", "-n", ...systemctl(facts, node, "unmask")]),
		expects: [{ kind: "masked", nodeId: node.nodeId, isMasked: false }],
		settleSeconds: 30,
		verification: "its host has no mask of that unit any more",
		wayBack: `Mask it again: fence ${node.nodeName}`,
	});
}

/**
 * The unit is masked before the server is stopped, so that nothing starts it in between. But not while systemd stops it: with the
 * mask systemd forgets the unit's TimeoutStopSec, and kills the server at once (SIGKILL) if the default of 90 s is over.
 */
export function stopAndMask(facts: Facts, node: NodeView): readonly Step[] {
	return isBeingStopped(facts, node)
		? [{ ...stopServer(facts, node, "by pg_ctl"), key: "stop" }, keepStopped(facts, node)]
		: [maskUnit(facts, node), stopServer(facts, node, "by pg_ctl, masked")];
}

/** systemd has forgotten how to stop a masked unit, and would send SIGTERM, on which PostgreSQL waits for its clients: pg_ctl stops it. */
export function stopServer(
	facts: Facts,
	node: NodeView,
	how: "by its service command" | "by pg_ctl" | "by pg_ctl, masked",
): Step {
	const isMasked = how === "by pg_ctl, masked";
	const survey = hostOf(facts, node.nodeId).value;
	const psqlPath = survey?.psql ?? "";
	const pgCtl = `${psqlPath.slice(0, psqlPath.lastIndexOf("/") + 1)}pg_ctl`;
	const data = survey?.look.dataDirectory ?? "";
	const orderly =
		how !== "by its service command"
			? [pgCtl, "stop", "-D", data, "-m", "fast", "-t", String(STOP_SECONDS)]
			: repmgr(facts, node, ["node", "service", "--action=stop"]).argv;
	const unit = serverUnitOf(survey)?.unit ?? "";
	const pid = survey?.look.postmaster ? survey.look.postmaster.pid : null;
	return step({
		key: "fence",
		title: `stop PostgreSQL on ${quoted(node)}, at once after ${STOP_SECONDS} s`,
		command: {
			...script(facts, node, STOP_SCRIPT, pgCtl, String(STOP_SECONDS), unit, data, ...orderly),
			shown: [
				shownService(STOP_SECONDS, orderly),
				`if it still runs: ${shellWords([pgCtl, "stop", "-D", data, "-m", "immediate", "-t", "30"])}`,
			],
		},
		expects: [
			{ kind: "stopped", nodeId: node.nodeId },
			...(isMasked ? [{ kind: "masked", nodeId: node.nodeId, isMasked: true } as const] : []),
		],
		settleSeconds: 60,
		verification: `no postmaster runs on the host of ${quoted(node)}${isMasked ? ", and its unit is masked" : ""}`,
		wayBack: `Nothing is lost: unfence ${node.nodeName}.${pid === null ? "" : ` If it does not stop, as its owner there: ${killForGood(pid)}`}`,
	});
}

/** Of a server that is stopped already. */
export function keepStopped(facts: Facts, node: NodeView): Step {
	return {
		...maskUnit(facts, node),
		key: "fence",
		expects: [
			{ kind: "stopped", nodeId: node.nodeId },
			{ kind: "masked", nodeId: node.nodeId, isMasked: true },
		],
		settleSeconds: 30,
		verification: `no postmaster runs on the host of ${quoted(node)}, and its unit is masked`,
	};
}

/** Without its server a repmgrd can do nothing: its unit is not masked, since many lie where systemctl can't mask them. */
export function stopRepmgrd(facts: Facts, node: NodeView): readonly Step[] {
	const repmgrd = hostOf(facts, node.nodeId).value?.look.repmgrd ?? null;
	if (!repmgrd) return [];
	const command = repmgr(facts, node, ["daemon", "stop", "--no-wait"]);
	return [
		step({
			key: "repmgrd-stop",
			title: `stop repmgrd on ${quoted(node)}`,
			command: script(facts, node, REPMGRD_SCRIPT, String(repmgrd.pid), ...command.argv),
			verification: `process ${repmgrd.pid} is gone`,
			wayBack: `repmgrd-start ${node.nodeName}`,
		}),
	];
}

const SETTING = "default_transaction_read_only";

/** ALTER SYSTEM counts as read-only itself (ClassifyUtilityCommandAsReadOnly() in utility.c), and is possible on a standby. */
export function setReadOnly(facts: Facts, node: NodeView, isReadOnly: boolean): Step {
	const isSeen = current(node.state.server)?.readOnlyByDefault != null;
	const statement = isReadOnly ? `SET ${SETTING} = on` : `RESET ${SETTING}`;
	return step({
		key: isReadOnly ? "fence" : "unfence",
		title: isReadOnly
			? `make new transactions on ${quoted(node)} read-only`
			: `let ${quoted(node)} accept writes again`,
		command: psql(facts, node, `ALTER SYSTEM ${statement}`, "SELECT pg_reload_conf()"),
		expects: isSeen ? [{ kind: "read-only", nodeId: node.nodeId, isReadOnly }] : [],
		settleSeconds: 15,
		verification: isSeen
			? `${SETTING} is ${isReadOnly ? "on" : "off"} in the configuration files of ${quoted(node)}`
			: "psql ends with 0",
		wayBack: isReadOnly ? `unfence ${node.nodeName}` : `fence ${node.nodeName} --how read-only`,
	});
}

/**
 * Ends every transaction that began before all sessions had reloaded the configuration: it may write until it ends, whether or
 * not it has written yet. Idle sessions stay: their next transaction is read-only.
 */
export function endWriters(facts: Facts, node: NodeView): Step {
	return step({
		key: "end-writers",
		title: `end the sessions on ${quoted(node)} whose transaction began before that`,
		command: psql(
			facts,
			node,
			"DO $$DECLARE since timestamptz := now() + interval '2 s'; found int; BEGIN PERFORM pg_sleep(2); FOR i IN 1..20 LOOP PERFORM pg_stat_clear_snapshot(); SELECT count(pg_terminate_backend(pid)) INTO found FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start < since; EXIT WHEN found = 0; PERFORM pg_sleep(0.5); END LOOP; IF found > 0 THEN RAISE '% sessions do not end', found; END IF; END$$",
		),
		verification: "psql ends with 0: no such transaction is left",
		wayBack: "What they had not committed is rolled back.",
	});
}

/** repmgr starts the server itself while it rejoins: a mask is taken back first. */
export function beforeStart(facts: Facts, node: NodeView): readonly Step[] {
	return fenceOn(facts, node)?.mask ? [unmaskUnit(facts, node, "unmask")] : [];
}

/** $1 systemctl, $2 unit, then psql and its words, asking whether the server is in recovery; one that starts answers late. */
export const MASK_AGAIN_SCRIPT = `
systemctl=$1 unit=$2; shift 2; turns=0
while :; do
  case $("$@" 2>/dev/null) in t) exit 0 ;; f) break ;; esac
  turns=$((turns + 1)); [ $turns -lt 15 ] || break
  sleep 1
done
exec sudo -n "$systemctl" mask "$unit"
`;

/**
 * Of a rejoin that took the mask back: unless the node is a standby now, it must not start as a primary at the next boot. Empty:
 * it was not masked, or sudo does not permit it. @param suffix of the key, in a resumed operation.
 */
export function maskAgain(facts: Facts, node: NodeView, suffix = ""): readonly Step[] {
	const host = hostOf(facts, node.nodeId).value;
	const isPermitted = host?.masking.some((one) => one.parameter === "mask" && one.isPermitted === true);
	const [program = "", , unit = ""] = systemctl(facts, node, "mask");
	if (!isPermitted || unit === "") return [];
	const ask = psql(facts, node, "SELECT pg_is_in_recovery()");
	return [
		step({
			key: `mask-again${suffix}`,
			title: `mask the unit of ${quoted(node)} again, unless it runs as a standby`,
			command: {
				...script(facts, node, MASK_AGAIN_SCRIPT, program, unit, ...ask.argv),
				shown: [shellWords(ask.argv), shellWords(["sudo", "-n", program, "mask", unit])],
			},
			verification: "it is in recovery, or systemctl ends with 0",
			wayBack: `unfence ${node.nodeName}`,
			runs: "always",
		}),
	];
}

/** A node that is a standby of the primary needs no fence, and must not become a read-only primary one day. */
export function afterRejoin(facts: Facts, node: NodeView): readonly Step[] {
	return fenceOn(facts, node)?.note ? [setReadOnly(facts, node, false), removeNote(facts, node)] : [];
}
