import { describe, expect, test } from "vitest";
import {
	checkHostKey,
	findAuthority,
	formatKnownHost,
	hostKeyType,
	knownHostName,
	knownKeyTypes,
	parseKnownHosts,
	preferKnownTypes,
} from "../../../src/transport/ssh/known-hosts.ts";

/** A key in wire format with the given content. */
function key(type: string, content: string): Buffer {
	const part = (text: string) => {
		const length = Buffer.alloc(4);
		length.writeUInt32BE(text.length);
		return Buffer.concat([length, Buffer.from(text)]);
	};
	return Buffer.concat([part(type), part(content)]);
}

const own = key("ssh-ed25519", "own");
const foreign = key("ssh-ed25519", "foreign");
const rsa = key("ssh-rsa", "rsa");
const line = (patterns: string, blob = own) =>
	`${patterns} ${hostKeyType(blob)} ${blob.toString("base64")}\n`;

function check(text: string, shown = own, host = "node1", port = 22, alias: string | null = null) {
	return checkHostKey(parseKnownHosts("file", text), host, port, alias, shown);
}

describe("patterns", () => {
	test.each([
		["node1", "node1", 22, true],
		["NODE1", "Node1", 22, true],
		["node1,10.0.0.1", "10.0.0.1", 22, true],
		["node?", "node1", 22, true],
		["node?", "node10", 22, false],
		["*.example.com", "db.example.com", 22, true],
		["*.example.com", "dbXexampleYcom", 22, false],
		["*,!node1", "node1", 22, false],
		["!node1,*", "node1", 22, false],
		["*,!node1", "node2", 22, true],
		["[node1]:2222", "node1", 2222, true],
		["[node1]:2222", "node1", 22, false],
		["[*]:2222", "node1", 2222, true],
		["2001:db8::1", "2001:db8::1", 22, true],
		// As OpenSSH: the same key without the port is good enough.
		["node1", "node1", 2222, true],
	])("%s and %s port %i: %s", (patterns, host, port, isKnown) => {
		expect(check(line(patterns), own, host, port).status).toBe(isKnown ? "known" : "unknown");
	});

	test("a hashed name", () => {
		const salt = Buffer.from("0123456789abcdefghij");
		const hashed = formatKnownHost("[127.0.0.1]:2222", own, salt);
		expect(hashed).toMatch(/^\|1\|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=\|[A-Za-z0-9+/]{27}= ssh-ed25519 /);
		expect(check(hashed, own, "127.0.0.1", 2222).status).toBe("known");
		expect(check(hashed, own, "127.0.0.1", 2223).status).toBe("unknown");
	});

	test("a different key under the plain name does not concern another port", () => {
		expect(check(line("node1", foreign), own, "node1", 2222).status).toBe("unknown");
	});

	test("the alias replaces host and port", () => {
		expect(check(line("alias"), own, "node1", 2222, "Alias").status).toBe("known");
		expect(check(line("node1"), own, "node1", 22, "alias").status).toBe("unknown");
	});
});

describe("verdicts", () => {
	test("a changed key, with its line", () => {
		const verdict = check(`# comment\n\n${line("node1", rsa)}${line("node1", foreign)}`);
		expect(verdict).toMatchObject({ status: "changed", at: { path: "file", lineNumber: 4 } });
	});

	test("another type of key than the recorded one is changed", () => {
		expect(check(line("node1", rsa))).toMatchObject({ status: "changed", at: { keyType: "ssh-rsa" } });
	});

	test("one matching key among others is enough", () => {
		expect(check(line("node1", foreign) + line("node1")).status).toBe("known");
	});

	test("revoked wins, wherever the line is", () => {
		const verdict = check(`${line("node1")}@revoked ${line("*")}`);
		expect(verdict).toMatchObject({ status: "revoked", at: { lineNumber: 2 } });
		expect(check(`${line("node1")}@revoked ${line("*", foreign)}`).status).toBe("known");
	});

	test("a certificate authority is not a host key", () => {
		const text = `@cert-authority ${line("*.example.com")}`;
		expect(check(text, own, "db.example.com").status).toBe("unknown");
		expect(findAuthority(parseKnownHosts("file", text), "db.example.com", 22, null)?.lineNumber).toBe(1);
		expect(findAuthority(parseKnownHosts("file", text), "other", 22, null)).toBeUndefined();
	});
});

test("meaningless lines are skipped", () => {
	const text = `# node1 ssh-ed25519 AAAA\n\n  \nnode1\nnode1 ssh-ed25519\n@unknown ${line("node1")}`;
	expect(parseKnownHosts("file", text)).toEqual([]);
});

test("carriage returns, tabs and comments after the key", () => {
	expect(check(`\t${line("node1").trim().replaceAll(" ", "\t")}\tdba@desk\r\n`).status).toBe("known");
});

test("the name in the file", () => {
	expect(knownHostName("Node1", 22, null)).toBe("node1");
	expect(knownHostName("Node1", 2222, null)).toBe("[node1]:2222");
	expect(knownHostName("Node1", 2222, "alias")).toBe("alias");
});

test("the algorithms of known keys come first", () => {
	const lines = parseKnownHosts("file", line("node1", rsa) + line("node1", key("ssh-rsa", "second")));
	const types = knownKeyTypes(lines, "node1", 22, null);
	expect(types).toEqual(["ssh-rsa"]);
	expect(preferKnownTypes(["ssh-ed25519", "rsa-sha2-512", "ssh-rsa"], types)).toEqual([
		"rsa-sha2-512",
		"ssh-rsa",
		"ssh-ed25519",
	]);
});
