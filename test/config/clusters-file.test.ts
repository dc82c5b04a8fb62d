import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
	findCluster,
	nodeSettings,
	parseClustersFile,
	readClustersFile,
	sshForNode,
} from "../../src/config/clusters-file.ts";
import { formatMessage } from "../../src/text/message.ts";
import { temporaryDirectory } from "./directory.ts";

const parse = (text: string) => parseClustersFile(text, "c.yaml", "/home/alice");
const complete = `defaults:
  theme: dark
  interval_seconds: 2
  ssh: {user: postgres, accept_new_host_keys: true}
clusters:
  prod:
    conninfo: "host=pg1 user=repmgr dbname=repmgr"
    interval_seconds: 0.2
    read_only: true
    nodes:
      pg1: {host: 10.0.0.11, port: 15432, ssh: {host: jump, port: 2211}}
      2: {hostaddr: "fd00::2"}
    ssh: {identity: ~/.ssh/id_ed25519, via: ssh2, become: postgres, port: 22, enabled: true}
  my_cluster:
    repmgr_conf: ~/repmgr.conf
`;

test("ignores a byte order mark", () => {
	expect(parse(`\ufeff${complete}`)).toEqual(parse(complete));
});

describe("a good file", () => {
	const file = parse(complete).value;

	test("has settings with the code's names, home expanded and defaults merged", () => {
		expect(file?.clusters.get("prod")).toEqual({
			theme: "dark",
			intervalSeconds: 0.2,
			readOnly: true,
			conninfo: { host: "pg1", user: "repmgr", dbname: "repmgr" },
			nodes: {
				pg1: { host: "10.0.0.11", port: 15432, ssh: { host: "jump", port: 2211 } },
				2: { hostaddr: "fd00::2" },
			},
			ssh: {
				user: "postgres",
				acceptNewHostKeys: true,
				identity: "/home/alice/.ssh/id_ed25519",
				via: "ssh2",
				become: "postgres",
				port: 22,
				enabled: true,
			},
		});
		expect(file?.clusters.get("my_cluster")).toEqual({
			theme: "dark",
			intervalSeconds: 2,
			repmgrConf: "/home/alice/repmgr.conf",
			ssh: { user: "postgres", acceptNewHostKeys: true },
		});
		expect(file?.defaults).toMatchObject({ theme: "dark", intervalSeconds: 2 });
	});

	test("a node is found by name, else by ID", () => {
		const prod = file?.clusters.get("prod") ?? {};
		expect(nodeSettings(prod, { nodeId: 1, nodeName: "pg1" })).toMatchObject({ host: "10.0.0.11" });
		expect(nodeSettings(prod, { nodeId: 2, nodeName: "pg2" })).toEqual({ hostaddr: "fd00::2" });
		expect(nodeSettings(prod, { nodeId: 3, nodeName: "constructor" })).toEqual({});
		expect(nodeSettings({}, { nodeId: 1, nodeName: "pg1" })).toEqual({});
	});

	test("a node's SSH settings come before the cluster's", () => {
		const prod = file?.clusters.get("prod") ?? {};
		expect(sshForNode(prod, { nodeId: 1, nodeName: "pg1" })).toMatchObject({
			host: "jump",
			port: 2211,
			user: "postgres",
		});
		expect(sshForNode(prod, { nodeId: 2, nodeName: "pg2" })).toMatchObject({ port: 22, user: "postgres" });
	});

	test("finds a cluster by its name, and suggests a similar one", () => {
		if (file === undefined) throw new Error("not parsed");
		expect(findCluster(file, "prod").value).toBe(file.clusters.get("prod"));
		expect(findCluster(file, "prdo").problems).toEqual([
			{
				message: 'cluster "prdo" is not in configuration file "c.yaml"',
				detail: "It has prod, my_cluster.",
				hint: 'Did you mean "prod"?',
				exitCode: 64,
			},
		]);
	});

	test.each(["", "# nothing yet\n", "clusters: {}\n", "defaults: {read_only: true}\n"])(
		"%j has no clusters",
		(text) => {
			expect(parse(text).value?.clusters.size).toBe(0);
		},
	);

	test("anchors may share settings", () => {
		const { value } = parse("clusters:\n  a: &a {conninfo: host=a}\n  b: *a\n");
		expect(value?.clusters.get("b")).toEqual({ conninfo: { host: "a" }, ssh: {} });
	});
});

const inCluster = (line: string) => `clusters:\n  prod:\n    conninfo: host=a\n    ${line}\n`;

test.each([
	// Broken YAML
	["clusters:\n\tprod: 1\n", "c.yaml:2:1: broken YAML: tabs are not allowed as indentation"],
	["a: 'x", "c.yaml:1:6: broken YAML: missing closing 'quote"],
	["a: b: c", "c.yaml:1:4: broken YAML: nested mappings are not allowed in compact mappings"],
	["clusters: *all", 'c.yaml:1:11: broken YAML: there is no anchor "&all" above'],
	["clusters: !odd {}", "c.yaml:1:11: broken YAML: unresolved tag: !odd"],
	// Keys
	[
		"cluster: {}\n",
		'c.yaml:1:1: unknown key "cluster"\nDETAIL:  The keys known here are defaults, clusters.\nHINT:  Did you mean "clusters"?',
	],
	[
		inCluster("read_olny: true"),
		/^c.yaml:4:5: unknown key "read_olny"\nDETAIL: {2}.*\nHINT: {2}Did you mean "read_only"\?$/,
	],
	[
		inCluster("xyzzy: true"),
		/^c.yaml:4:5: unknown key "xyzzy"\nDETAIL: {2}The keys known here are conninfo, repmgr_conf, nodes, .*\.$/,
	],
	[inCluster("ssh: {usr: a}"), /^c.yaml:4:11: unknown key "usr"\n.*\nHINT: {2}Did you mean "user"\?$/],
	[inCluster("ssh: {host: a}"), /^c.yaml:4:11: unknown key "host"/],
	[
		inCluster("nodes: {pg1: {hots: a}}"),
		/^c.yaml:4:19: unknown key "hots"\n.* host, hostaddr, port, ssh\.\nHINT: {2}Did you mean "host"\?$/,
	],
	[
		inCluster("nodes: {pg1: {ssh: {prot: 1}}}"),
		/^c.yaml:4:25: unknown key "prot"\n.*\nHINT: {2}Did you mean "port"\?$/,
	],
	[
		inCluster("conninfo: host=b"),
		'c.yaml:4:5: duplicate key "conninfo"\nDETAIL:  The same key is set above; only one can count.',
	],
	// Values
	["- a", /^c.yaml:1:1: invalid value for "the file": a list\n/],
	[
		"clusters:\n  prod:\n",
		'c.yaml:2:3: invalid value for "prod": nothing\nDETAIL:  It must be a mapping of keys to values.',
	],
	["clusters: [a]\n", /^c.yaml:1:11: invalid value for "clusters": a list\n/],
	[
		inCluster("interval_seconds: fast"),
		'c.yaml:4:23: invalid value for "interval_seconds": "fast"\nDETAIL:  It must be a number of seconds, from 0.2 to 3600.',
	],
	[inCluster("interval_seconds: 0.1"), /^c.yaml:4:23: invalid value for "interval_seconds": 0.1\n/],
	[inCluster("interval_seconds: 3601"), /^c.yaml:4:23: invalid value for "interval_seconds": 3601\n/],
	[
		inCluster("read_only: yes"),
		'c.yaml:4:16: invalid value for "read_only": "yes"\nDETAIL:  It must be true or false.',
	],
	[inCluster("theme:"), /^c.yaml:4:5: invalid value for "theme": nothing\n/],
	[
		inCluster("ssh: {via: telnet}"),
		/^c.yaml:4:16: invalid value for "via": "telnet"\nDETAIL: {2}It must be one of auto, ssh2, system\.$/,
	],
	[inCluster("ssh: {port: 65536}"), /^c.yaml:4:17: invalid value for "port": 65536\n/],
	[inCluster("nodes: {pg1: {port: 1.5}}"), /^c.yaml:4:25: invalid value for "port": 1.5\n/],
	[inCluster("nodes: {pg1: {hostaddr: pg1}}"), /^c.yaml:4:29: invalid value for "hostaddr": "pg1"\n/],
	[
		"clusters:\n  prod:\n    conninfo: host=a foo\n",
		/^c.yaml:3:15: "conninfo": missing "=" after "foo" in connection info string\nHINT/,
	],
	[
		"clusters:\n  prod:\n    conninfo: host=a port=x\n",
		'c.yaml:3:15: "conninfo": invalid integer value "x" for connection option "port"',
	],
	[
		"clusters:\n  prod:\n    read_only: true\n",
		/^c.yaml:2:3: cluster "prod" names no host of any node\nHINT/,
	],
	["clusters:\n  prod:\n    nodes: {pg1: {port: 1}}\n", /^c.yaml:2:3: cluster "prod" names no host/],
])("refuses %j with its line", (text, expected) => {
	const { problems } = parse(text);
	expect(problems?.map(formatMessage)).toEqual([
		typeof expected === "string" ? expected : expect.stringMatching(expected),
	]);
	expect(problems?.[0]?.exitCode).toBe(78);
});

test("reports all problems at once, in the order of their lines", () => {
	const { problems } = parse(
		"clusters:\n  a:\n    conninfo: host=x port=x sslmode=y\n    thme: x\n    thme: y\n  b:\n    ssh: {port: 0, usr: x}\n",
	);
	expect(problems?.map(({ where, message }) => [where?.line, message])).toEqual([
		[3, '"conninfo": invalid integer value "x" for connection option "port"'],
		[3, '"conninfo": invalid sslmode value: "y"'],
		[4, 'unknown key "thme"'],
		[5, 'duplicate key "thme"'],
		[7, 'invalid value for "port": 0'],
		[7, 'unknown key "usr"'],
	]);
});

test("hides the password of a refused conninfo", () => {
	const { problems } = parse("clusters:\n  a:\n    conninfo: password=s3cret port=x foo=s3cret\n");
	expect(problems).toHaveLength(1);
	expect(JSON.stringify(problems)).not.toContain("s3cret");
});

test("refuses aliases that expand without limit", () => {
	const levels = Array.from(
		{ length: 12 },
		(_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(",")}]`,
	);
	expect(parse(["l0: &l0 x", ...levels].join("\n")).problems?.[0]?.message).toMatch(
		/^broken YAML: Excessive alias count/,
	);
});

describe("reading", () => {
	const withPassword = "clusters:\n  a: {conninfo: host=x password=p}\n";

	test("warns of a password that others can read", () => {
		const path = join(temporaryDirectory({ "c.yaml": withPassword }), "c.yaml");
		expect(readClustersFile(path, "/").value?.warnings).toEqual([]);
		chmodSync(path, 0o644);
		expect(readClustersFile(path, "/").value?.warnings).toMatchObject([
			{
				message: `configuration file "${path}" holds a password and can be read by others`,
				hint: expect.stringContaining("~/.pgpass"),
			},
		]);
	});

	test("accepts a file without a password that all can read", () => {
		const path = join(temporaryDirectory({ "c.yaml": complete }), "c.yaml");
		chmodSync(path, 0o644);
		expect(readClustersFile(path, "/").value?.warnings).toEqual([]);
	});

	test("reports a missing file", () => {
		expect(readClustersFile("/nowhere/c.yaml", "/").problems).toEqual([
			{
				message: 'could not open configuration file "/nowhere/c.yaml": No such file or directory',
				hint: expect.stringContaining("config init"),
				exitCode: 78,
			},
		]);
	});

	test("names the file in problems other than a missing file", () => {
		const path = join(temporaryDirectory({ "c.yaml": "x: 1\n" }), "c.yaml");
		expect(readClustersFile(path, "/").problems).toMatchObject([
			{ where: { file: path, line: 1, column: 1 } },
		]);
	});
});
