import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRepmgrConf } from "../../src/config/repmgr-conf.ts";
import { copiedFiles } from "../../src/repmgr/includes.ts";
import { temporaryDirectory } from "./directory.ts";

const parse = (text: string) => readRepmgrConf("/f", copiedFiles(new Map([["/f", text]])));

const complete = `node_id=1
node_name='pg1'
conninfo='host=pg1 user=repmgr dbname=repmgr connect_timeout=2'
data_directory='/var/lib/postgresql/15/main'
`;

test("reads every setting with its line", () => {
	const file = join(
		temporaryDirectory({ "repmgr.conf": `# node one\n${complete}failover=automatic\n` }),
		"repmgr.conf",
	);
	const { value } = readRepmgrConf(file);
	expect(value).toMatchObject({
		nodeId: 1,
		nodeName: "pg1",
		conninfo: "host=pg1 user=repmgr dbname=repmgr connect_timeout=2",
		conninfoValues: { host: "pg1", user: "repmgr", dbname: "repmgr", connect_timeout: "2" },
		dataDirectory: "/var/lib/postgresql/15/main",
	});
	expect(value?.values.get("failover")).toEqual({
		name: "failover",
		value: "automatic",
		where: { file, line: 6 },
	});
});

test("the last of two settings counts", () => {
	const { value } = parse(`${complete}node_id=2\n`);
	expect(value?.nodeId).toBe(2);
	expect(value?.values.get("node_id")?.where.line).toBe(5);
});

test("reports all missing parameters at once", () => {
	expect(parse("node_name=''\n").problems?.map(({ message }) => message)).toEqual([
		'"node_id": required parameter was not found',
		'"node_name": required parameter was not found',
		'"data_directory": required parameter was not found',
		'"conninfo": required parameter was not found',
	]);
});

test.each([
	["node_id=0", '"node_id": must be 1 or greater (provided: "0")'],
	["node_id=-3", '"node_id": must be 1 or greater (provided: "-3")'],
	["node_id=one", '"node_id": invalid value (provided: "one")'],
	[
		"node_id=2147483648",
		'"node_id": must be a positive signed 32 bit integer, i.e. 2147483647 or less (provided: "2147483648")',
	],
	[
		`node_name='x${"é".repeat(32)}'`,
		'value for "node_name" must contain fewer than 64 characters (current length: 65)',
	],
	["conninfo='host=pg1 foo'", '"conninfo": missing "=" after "foo" in connection info string'],
	["conninfo='host=pg1 hots=1'", '"conninfo": invalid connection option "hots"'],
])("refuses %s with its line", (line, message) => {
	expect(parse(`${complete}${line}\n`).problems).toEqual([
		expect.objectContaining({ message, where: { file: "/f", line: 5 }, exitCode: 78 }),
	]);
});

test.each(["host=$PG_HOST", "hostaddr=$ADDRESS", "host=pg1 port=$PORT"])(
	"a shell's variable in conninfo is said by line: %s",
	(conninfo) => {
		expect(parse(`${complete}conninfo='${conninfo}'\n`).problems).toEqual([
			expect.objectContaining({
				message: `"conninfo": ${conninfo.split(" ").at(-1)} has a variable, and repmgr expands none in repmgr.conf`,
				where: { file: "/f", line: 5 },
			}),
		]);
	},
);

test("accepts a dollar sign in a user name", () => {
	expect(parse(`${complete}conninfo='host=pg1 user=a$b'\n`).value?.conninfoValues.user).toBe("a$b");
});

test("accepts a name of 64 bytes, as repmgr does", () => {
	expect(parse(`${complete}node_name='${"é".repeat(32)}'\n`).value?.nodeName).toHaveLength(32);
});

test("reports a parameter of repmgr 3 with its present name", () => {
	const { problems } = parse(`cluster=c\n${complete.replace("node_id=", "node=")}loglevel=NOTICE\n`);
	expect(problems).toEqual([
		{
			message: '"node_id": required parameter was not found, but "node" was, its name in repmgr 3',
			hint: expect.stringContaining("Write node_id=1 in its place"),
			where: { file: "/f", line: 2 },
			exitCode: 78,
		},
	]);
});

test("reports a byte order mark and its line's parameter, but no problems that follow from it", () => {
	expect(parse(`\ufeff# node one\n${complete}`).problems).toEqual([
		{
			message: 'file "/f" begins with a byte order mark, which repmgr takes for a part of its first line',
			hint: "Save the file as UTF-8 without it.",
			where: { file: "/f", line: 1 },
			exitCode: 78,
		},
	]);
});

test("reports syntax errors first", () => {
	expect(parse("node_id=1\nconninfo=host=x\n").problems).toMatchObject([
		{ message: 'syntax error in file "/f" line 2, near token "="' },
	]);
});

describe("include directives", () => {
	const read = (files: Record<string, string>) => {
		const directory = temporaryDirectory(files);
		return { directory, ...readRepmgrConf(join(directory, "repmgr.conf")) };
	};

	test("are relative to the including file, read in their place", () => {
		const { value, directory } = read({
			"repmgr.conf": `${complete}include 'sub/a.conf'\nnode_name='last'\n`,
			"sub/a.conf": "node_id=5\nnode_name=inner\nINCLUDE='b.conf'\n",
			"sub/b.conf": "priority=7\n",
		});
		expect(value).toMatchObject({ nodeId: 5, nodeName: "last" });
		expect(value?.values.get("priority")?.where).toEqual({ file: join(directory, "sub/b.conf"), line: 1 });
		expect(value?.values.has("include")).toBe(false);
	});

	test("include the *.conf files of a directory in order, without hidden ones", () => {
		const { value } = read({
			"repmgr.conf": `include_dir 'conf.d'\n${complete.replace("node_id=1", "")}`,
			"conf.d/20.conf": "node_id=20\n",
			"conf.d/10.conf": "node_id=10\n",
			"conf.d/.hidden.conf": "node_id=30\n",
			"conf.d/other.txt": "?\n",
			"conf.d/deep.conf/x.conf": "?\n",
		});
		expect(value?.nodeId).toBe(20);
	});

	test("report a missing file with the line that includes it", () => {
		const { problems, directory } = read({ "repmgr.conf": `${complete}include 'none.conf'\n` });
		expect(problems).toEqual([
			{
				message: `could not open configuration file "${join(directory, "none.conf")}": No such file or directory`,
				where: { file: join(directory, "repmgr.conf"), line: 5 },
				exitCode: 78,
			},
		]);
	});

	test("report a missing directory with the line that includes it", () => {
		const { problems } = read({ "repmgr.conf": "include_dir 'none'\n" });
		expect(problems?.[0]?.message).toMatch(/^could not open configuration directory ".*none": No such file/);
	});

	test("end at recursion", () => {
		expect(read({ "repmgr.conf": "include 'repmgr.conf'\n" }).problems?.[0]?.message).toMatch(
			/^configuration file recursion in/,
		);
		expect(
			read({ "repmgr.conf": "include 'a.conf'\n", "a.conf": "include 'repmgr.conf'\n" }).problems?.[0]
				?.message,
		).toMatch(/maximum nesting depth exceeded$/);
	});
});

test("reports a missing file", () => {
	expect(readRepmgrConf("/nowhere/repmgr.conf").problems).toMatchObject([
		{
			message: 'could not open configuration file "/nowhere/repmgr.conf": No such file or directory',
			exitCode: 78,
		},
	]);
});

test("reports a directory instead of the file", () => {
	expect(readRepmgrConf("/").problems).toMatchObject([
		{ message: 'could not open configuration file "/": Illegal operation on a directory' },
	]);
});

test("copies of another host's files include each other, never files of this machine", () => {
	const read = (include: string) =>
		readRepmgrConf(
			"/etc/repmgr.conf",
			copiedFiles(
				new Map<string, string | Error>([
					["/etc/repmgr.conf", `${complete}${include}\n`],
					["/etc/d/2.conf", "node_id=2\n"],
					["/etc/d/1.conf", "node_id=1\n"],
					["/etc/secret.conf", new Error("Permission denied")],
				]),
			),
		);
	expect(read("include_dir 'd'").value?.values.get("node_id")).toMatchObject({
		value: "2",
		where: { file: "/etc/d/2.conf", line: 1 },
	});
	expect(read("include '/etc/passwd'").problems).toMatchObject([
		{ message: 'could not open configuration file "/etc/passwd": No such file or directory' },
	]);
	expect(read("include 'secret.conf'").problems).toMatchObject([
		{ message: 'could not open configuration file "/etc/secret.conf": Permission denied' },
	]);
});

test("hides the password of a refused conninfo", () => {
	const { problems } = parse(`${complete}conninfo='host=x password=my s3cret'\n`);
	expect(problems?.[0]?.message).toBe('"conninfo": missing "=" after "********" in connection info string');
});

test("reports all syntax errors together, those of included files too", () => {
	const directory = temporaryDirectory({ "repmgr.conf": "a\ninclude 'b.conf'\nc\n", "b.conf": "?\n" });
	const { problems } = readRepmgrConf(join(directory, "repmgr.conf"));
	expect(problems?.map(({ where }) => [where?.file, where?.line])).toEqual([
		[join(directory, "repmgr.conf"), 1],
		[join(directory, "repmgr.conf"), 3],
		[join(directory, "b.conf"), 1],
	]);
});
