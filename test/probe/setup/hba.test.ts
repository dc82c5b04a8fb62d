import { describe, expect, test } from "vitest";
import { parseHba } from "../../../src/probe/setup/hba.ts";

const one = (line: string) => parseHba(line, "/pg_hba.conf").rules[0];

describe("a line of pg_hba.conf", () => {
	test.each([
		[
			"local all postgres peer",
			{ type: "local", databases: ["all"], users: ["postgres"], address: null, method: "peer" },
		],
		[
			"host\tall\tall\t127.0.0.1/32\tscram-sha-256",
			{ address: "127.0.0.1/32", netmask: null, method: "scram-sha-256" },
		],
		[
			"host a,b +dba,x 10.0.0.0 255.0.0.0 md5",
			{
				databases: ["a", "b"],
				users: ["+dba", "x"],
				address: "10.0.0.0",
				netmask: "255.0.0.0",
				method: "md5",
			},
		],
		[
			'host "my db, too" "a b" samenet trust # why',
			{ databases: ["my db, too"], users: ["a b"], address: "samenet", method: "trust" },
		],
		["host all all fe80::1 ffff:: reject", { address: "fe80::1", netmask: "ffff::", method: "reject" }],
		[
			"host all all .example.com cert clientcert=1",
			{ address: ".example.com", netmask: null, method: "cert" },
		],
		[
			"hostssl replication repmgr all scram-sha-256",
			{ type: "hostssl", databases: ["replication"], address: "all" },
		],
		["include other.conf", { type: "include" }],
	])("%s", (line, expected) => {
		expect(one(line)).toMatchObject({ ...expected, place: { file: "/pg_hba.conf", line: 1 } });
	});

	test.each(["host all all", "host all all 10.0.0.0 255.0.0.0", "hots all all all trust", "local all"])(
		"that is wrong is told: %s",
		(line) => {
			expect(parseHba(`\n${line}\n`, "/pg_hba.conf")).toMatchObject({
				rules: [],
				problems: [{ place: { file: "/pg_hba.conf", line: 2 } }],
			});
		},
	);
});

test("numbers continued lines by their first line", () => {
	const { rules } = parseHba("# c\nhost all \\\n all all trust\nlocal all all peer\n", "f");
	expect(rules.map(({ place, method }) => [place.line, method])).toEqual([
		[2, "trust"],
		[4, "peer"],
	]);
});
