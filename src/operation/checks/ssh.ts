import { type LinkResult, linkKey } from "../../model/crosscheck.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted, sentence } from "../../text/words.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { failed, ok, unknown } from "./check.ts";

/**
 * repmgr on the first node logs in to the other over SSH, as the owner of the database and with the ssh_options of repmgr.conf,
 * and runs repmgr there by the same path. Both are tried as repmgr does it.
 */
export function reachesBySsh({ crosscheck }: Facts, from: NodeView, to: NodeView): Prerequisite {
	const title = `repmgr on ${quoted(from)} reaches repmgr on ${quoted(to)} over SSH`;
	const row = crosscheck?.rows.find(({ fromNodeId }) => fromNodeId === from.nodeId);
	if (row === undefined) return unknown(title, "It was not tried.");
	if (row.asked.state === "silent") return unknown(title, sentence(row.asked.fault));
	const links = (["ssh", "repmgr"] as const).flatMap((way) => row.results.get(linkKey(way, to.nodeId)) ?? []);
	const broken = links.find(({ state }) => state === "failed");
	if (broken?.word === "no ssh") {
		return failed(
			title,
			`ssh is not installed on ${quoted(from)}.`,
			"Install OpenSSH's client there: repmgr needs it.",
		);
	}
	if (broken !== undefined) return failed(title, said(broken), byHand(broken, from));
	return links.length < 2 || links.some(({ state }) => state !== "ok")
		? unknown(title, "It was not tried completely.")
		: ok(title, "It does.");
}

function said({ word, lines }: LinkResult): string {
	const text = lines.join(" ").trim();
	return text === "" ? `It failed: ${word}.` : `It failed: ${word}. ${text}`;
}

function byHand({ command }: LinkResult, from: NodeView): string {
	return command === null
		? "Fix the registered conninfo."
		: `Fix it until this works on ${quoted(from)} as the owner of the database: ${shellWords(command)}`;
}
