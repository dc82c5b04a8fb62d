import type { Finding } from "../model/finding.ts";
import { formatElapsed } from "../text/format.ts";

/** "SSH 12 s ago" for a finding that rests on a look at a host, which comes only now and then; "" for any other. */
export function sshAge({ evidence: [first] }: Pick<Finding, "evidence">, now: number): string {
	return first?.by === "ssh" ? `SSH ${formatElapsed(Math.max(0, now - first.at) / 1000)} ago` : "";
}
