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

/** It may not be so, and nobody can see: it does not refuse, but has to be read. */
export function unknown(title: string, found: string, fix: string | null = null): Prerequisite {
	return { title, state: "unknown", found, fix };
}

/** What can't be read for a fault. */
export function unread(title: string, fault: Fault): Prerequisite {
	return unknown(title, sentence(fault), fault.hint ?? null);
}

/** Where nobody is kept from it, and has only to know. */
export function neverRefusing(check: Prerequisite): Prerequisite {
	return check.state === "failed" ? { ...check, state: "warning" } : check;
}
