import { expect, test } from "vitest";
import { scanRepmgrConf } from "../../src/repmgr/conf.ts";

test.each([
	["node_id=1", "node_id", "1"],
	["node_id = 1", "node_id", "1"],
	["node_id 1", "node_id", "1"],
	["\t node_id=1 \r", "node_id", "1"],
	["node_id=1#comment", "node_id", "1"],
	["node_name=pg-1.example.com", "node_name", "pg-1.example.com"],
	["data_directory=a/b:c", "data_directory", "a/b:c"],
	["node_name=café", "node_name", "café"],
	["log_level=INFO # comment", "log_level", "INFO"],
	["priority=-1", "priority", "-1"],
	["x=0x1F", "x", "0x1F"],
	["x=10min", "x", "10min"],
	["x=.5e-3", "x", ".5e-3"],
	["a.b='x'", "a.b", "x"],
	["conninfo='host=pg1 user=repmgr'", "conninfo", "host=pg1 user=repmgr"],
	["x='a # b'", "x", "a # b"],
	["x=''", "x", ""],
	["x='it''s'", "x", "it's"],
	["x='it\\'s'", "x", "it's"],
	["x='a\\tb\\n\\101\\\\\\q'", "x", "a\tb\nA\\q"],
	["conninfo='host=x password=''a b'''", "conninfo", "host=x password='a b'"],
])("%s", (text, name, value) => {
	expect(scanRepmgrConf(text, "f")).toEqual({
		entries: [{ name, value, where: { file: "f", line: 1 } }],
		problems: [],
	});
});

test.each(["", "\n\n", "# only a comment", "   \t\r\n  # x"])("%j has no entries", (text) => {
	expect(scanRepmgrConf(text, "f")).toEqual({ entries: [], problems: [] });
});

// The words of ProcessConfigFp() in repmgr's configfile-scan.l.
test.each([
	["node_id", "near end of line"],
	["node_id=", "near end of line"],
	["node_id= # nothing", "near end of line"],
	["conninfo=host=pg1 user=repmgr", 'near token "="'],
	["data_directory=/var/lib", 'near token "/"'],
	["x=1 2", 'near token "2"'],
	["x='open", `near token "'"`],
	["1x=2", 'near token "1x"'],
	["a-b=2", 'near token "a-b"'],
	["=x", 'near token "="'],
	["x==1", 'near token "="'],
	["x='a' 'b'", `near token "'b'"`],
])("%s is a syntax error", (text, near) => {
	const { entries, problems } = scanRepmgrConf(`# first\n${text}\nnode_id=7\n`, "f");
	expect(problems).toEqual([
		{
			message: `syntax error in file "f" line 2, ${near}`,
			hint: expect.stringContaining("single-quoted"),
			where: { file: "f", line: 2 },
			exitCode: 78,
		},
	]);
	expect(entries).toMatchObject([{ name: "node_id", where: { line: 3 } }]);
});

test("gives up a file after 100 errors", () => {
	expect(scanRepmgrConf("?\n".repeat(500), "f").problems).toHaveLength(100);
});
