import type { Intent } from "../model/intent.ts";
import { requestDrill } from "./drill/drill.ts";
import { requestFollow } from "./follow.ts";
import { requestCleanup } from "./members/cleanup.ts";
import { requestRegister } from "./members/register.ts";
import { requestRegisterHost } from "./members/register-host.ts";
import { requestUnregister } from "./members/unregister.ts";
import type { Facts } from "./plan/facts.ts";
import type { Requested } from "./plan/plan.ts";
import { refused } from "./plan/refusal.ts";
import { requestPromote } from "./promote/promote.ts";
import { requestRejoin } from "./rejoin/rejoin.ts";
import { requestPause } from "./repmgrd/pause.ts";
import { requestRepmgrd } from "./repmgrd/repmgrd.ts";
import { requestService } from "./service.ts";
import { requestSwitchover } from "./switchover/switchover.ts";

/** What would be done, or why it is not. */
export function request(intent: Intent, facts: Facts): Requested {
	if (facts.snapshot.cluster.systemIdentifier === null) {
		return refused(
			"the cluster's system identifier is not known",
			"No server of it tells it, and without it the cluster can't be locked.",
			"EXECUTE on pg_control_system() is needed.",
		);
	}
	switch (intent.kind) {
		case "switchover":
			return requestSwitchover(intent, facts);
		case "promote":
			return requestPromote(intent, facts);
		case "drill":
			return requestDrill(intent, facts);
		case "pause":
		case "unpause":
			return requestPause(intent, facts);
		case "follow":
			return requestFollow(intent, facts);
		case "start":
		case "stop":
		case "restart":
			return requestService(intent, facts);
		case "repmgrd-start":
		case "repmgrd-stop":
			return requestRepmgrd(intent, facts);
		case "rejoin":
			return requestRejoin(intent, facts);
		case "register":
		case "witness-register":
			return requestRegister(intent, facts);
		case "register-host":
			return requestRegisterHost(intent, facts);
		case "unregister":
			return requestUnregister(intent, facts);
		case "cleanup":
			return requestCleanup(intent, facts);
		case "resume":
			return refused("only an operation that was interrupted is resumed", "", 'See "runs".');
	}
}

/** From which node will repmgr go to others over SSH, so that its very ways are tried first? Null: from none. */
export function triesWaysFrom(intent: Intent): number | null {
	return intent.kind === "switchover" ? intent.nodeId : null;
}

/** Do its steps run psql on every host, and nothing else that would tell whether it can log in there? */
export function needsPsql({ kind }: Intent): boolean {
	return kind === "pause" || kind === "unpause";
}

/** From which node will others replicate that do not now, without a trial of their own? Null: from none. */
export function upstreamToBe(intent: Intent): number | null {
	return intent.kind === "switchover" || intent.kind === "promote" ? intent.nodeId : null;
}

/** Does it rest on what repmgrd would do? */
export function needsForecast({ kind }: Intent): boolean {
	return kind === "drill";
}
