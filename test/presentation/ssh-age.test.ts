import { expect, test } from "vitest";
import type { Evidence } from "../../src/model/finding.ts";
import { sshAge } from "../../src/presentation/ssh-age.ts";
import { NOW } from "../support/records.ts";

const seen = (by: Evidence["by"]): Evidence => ({ nodeId: 1, at: NOW - 12_000, by, text: "" });

test("a finding that rests on a look at a host says how old that is", () => {
	expect(sshAge({ evidence: [seen("ssh"), seen("sql")] }, NOW)).toBe("SSH 12 s ago");
	expect(sshAge({ evidence: [seen("sql"), seen("ssh")] }, NOW)).toBe("");
});
