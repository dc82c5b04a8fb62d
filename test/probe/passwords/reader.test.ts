import { expect, test } from "vitest";
import { parsePasswords } from "../../../src/probe/passwords/reader.ts";

const ANSWER = `file /var/lib/postgresql/.pgpass
state usable
line 
line node1:5432:*:repmgr:
otherwise repmgrd has PGPASSWORD in its environment
primary host=node1 user=repmgr
delay 0
session psql
try sql 1 0 yes 
try replication 2 2 no psql: error: FATAL:  no pg_hba.conf entry
end
`;

test("what a host logs in with is read from its script's lines", () => {
	expect(parsePasswords(ANSWER).value).toEqual({
		path: "/var/lib/postgresql/.pgpass",
		state: "usable",
		isLeftOver: false,
		lines: ["", "node1:5432:*:repmgr:"],
		otherwise: ["repmgrd has PGPASSWORD in its environment."],
		primaryConninfo: "host=node1 user=repmgr",
		delayMs: 0,
		sessions: ["psql"],
		tries: [
			{ way: "sql", toNodeId: 1, fault: null, isAsked: true },
			{
				way: "replication",
				toNodeId: 2,
				fault: "psql: error: FATAL:  no pg_hba.conf entry",
				isAsked: false,
			},
		],
	});
});

test("half an answer is a fault", () => {
	expect(parsePasswords(ANSWER.replace("end\n", "")).fault?.kind).toBe("protocol");
	expect(parsePasswords("end\n").fault?.kind).toBe("protocol");
});
