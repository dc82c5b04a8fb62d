import type { Fault } from "../../model/fault.ts";
import { sentence } from "../../text/words.ts";
import type { Prerequisite } from "../plan/plan.ts";

export function ok(title: string, found: string): Prerequisite {
	return { title, state: "ok", found, fix: null };
}

export function failed(title: string, found: string, fix: string): Prerequisite {
	return { title, state: "failed", found, fix };
}

export function warning(title: string, found: string, fix: string | null = null): Prerequisite {
	return { title, state: "warning", found, fix };
}

/** Whether it holds can't be seen: the operation is not refused, but the plan says so. */
export function unknown(title: string, found: string, fix: string | null = null): Prerequisite {
	return { title, state: "unknown", found, fix };
}

/** A check that a fault prevented. */
export function unread(title: string, fault: Fault): Prerequisite {
	return unknown(title, sentence(fault), fault.hint ?? null);
}

/** A check that only informs. */
export function asWarning(check: Prerequisite): Prerequisite {
	return check.state === "failed" ? { ...check, state: "warning" } : check;
}
