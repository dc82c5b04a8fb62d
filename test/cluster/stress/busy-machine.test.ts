import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { clusterForFile, conninfoOf, NO_FAILOVER, nodeOf, type StatusDocument } from "../tests/support.ts";

const bastion = clusterForFile(NO_FAILOVER);

/** Reads each state so often; BUSY_LOOKS=30 for a thorough measurement. */
const LOOKS = Number(process.env.BUSY_LOOKS ?? 2);

/** Processes that each use a whole CPU, for a minute a look. */
const HOGS = 20;

/** Even starting the program takes long then. */
const PATIENT = { timeoutMs: 100_000 };

/** Findings from a node's silence. Effects of starved hosts on each other, such as a stale witness, are true and ignored here. */
const bySilence = ({ findings }: StatusDocument) =>
	findings.filter(({ code }) => /DOWN|HUNG|UNREACHABLE|NO_PRIMARY|FAILOVER_IN/.test(code));

function load(): () => void {
	const hogs = Array.from({ length: HOGS }, () =>
		spawn("timeout", [String(60 * LOOKS), "sh", "-c", "while :; do :; done"], { stdio: "ignore" }),
	);
	return () => {
		for (const hog of hogs) hog.kill();
	};
}

async function looks(): Promise<readonly StatusDocument[]> {
	const documents: StatusDocument[] = [];
	for (let look = 0; look < LOOKS; look++) {
		const { stdout, stderr } = await bastion.run(["status", "--json", "-d", conninfoOf("node1")], PATIENT);
		// Not even repmgr.nodes was read in time.
		if (stdout === "") expect(stderr).toMatch(/this machine is too busy to judge/);
		else documents.push(JSON.parse(stdout) as StatusDocument);
	}
	return documents;
}

test("on a busy machine a healthy cluster is ok or not judged, and a cut node is found", {
	timeout: 120_000 * LOOKS,
}, async () => {
	const unload = load();
	try {
		for (const document of await looks()) {
			const { severity, findings, notRead, nodes } = document;
			expect(bySilence(document)).toEqual([]);
			const isOk = notRead.length === 0 && findings.every((finding) => finding.severity === "notice");
			expect(severity === "ok", JSON.stringify({ severity, notRead, findings })).toBe(isOk);
			for (const { nodeName, observed } of nodes) {
				expect(["running", "streaming", "catching up", "unknown"], nodeName).toContain(observed.status);
			}
		}
		await bastion.cluster.fault("cut", "node3");
		for (const document of await looks()) {
			expect(document.severity).not.toBe("ok");
			const isUnread = document.notRead.some(({ node, what }) => node === "node3" && what === "sql");
			expect(nodeOf(document, "node3").observed.status).toBe(isUnread ? "unknown" : "unreachable");
			expect(bySilence(document).filter(({ nodeId }) => nodeId !== 3)).toEqual([]);
		}
	} finally {
		unload();
		await bastion.cluster.heal("cut", "node3").catch(() => {});
	}
});
