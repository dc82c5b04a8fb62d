import { describe, expect, test } from "vitest";
import { redactConninfo, unreadableConninfo } from "../../src/libpq/conninfo.ts";
import { conninfoTo, loginOf } from "../../src/libpq/registered.ts";

describe("loginOf", () => {
	test.each([
		["host=n1 user='repmgr' dbname='repmgr'", "n1", "repmgr", "repmgr"],
		["host=n1 user=rep\\ mgr dbname=r", "n1", "rep mgr", "r"],
		["host=n1 user = 'o''brien\\'s' dbname=r", null, null, null],
		["postgresql://n1/repmgr?user=repmgr", "n1", "repmgr", "repmgr"],
		["postgresql://rep%40mgr@n1/db", "n1", "rep@mgr", "db"],
		["host=n1 password=******** user=repmgr", "n1", "repmgr", null],
		["hostaddr=10.0.0.1 user=repmgr", "10.0.0.1", "repmgr", null],
		["user=repmgr dbname=repmgr", null, "repmgr", "repmgr"],
		["host=n1 user='' dbname=''", "n1", null, null],
		["host=n1 user=repmgr port=x", null, "repmgr", null],
		[unreadableConninfo, null, null, null],
		["", null, null, null],
	])("of %s", (conninfo, host, user, database) => {
		expect(loginOf(conninfo, "node1")).toEqual({ host, port: 5432, user, database });
	});

	test("takes the host named like the node, with its port", () => {
		expect(loginOf("host=n1,n2.example port=1,2 user=u", "n2")).toMatchObject({
			host: "n2.example",
			port: 2,
		});
		expect(loginOf("host=n1,n2 port=1,2 user=u", "n3")).toMatchObject({ host: "n1", port: 1 });
	});
});

describe("conninfoTo", () => {
	test.each([
		["host=n1 user=repmgr dbname=repmgr", "host=n1 user=repmgr dbname=repmgr"],
		["host=n1 user='repmgr' dbname='rep mgr'", "host=n1 user=repmgr dbname='rep mgr'"],
		["host=n1 password='top secret' sslpassword=x user=u", "host=n1 user=u"],
		[
			"postgresql://rep%40mgr:secret@n1:6000/db?connect_timeout=2",
			"user=rep@mgr host=n1 port=6000 dbname=db connect_timeout=2",
		],
		["service=one", "service=one"],
		["user=repmgr dbname=repmgr", null],
		[unreadableConninfo, null],
		["", null],
	])("of %s", (conninfo, expected) => {
		expect(conninfoTo(conninfo)).toBe(expected);
	});

	test("says the same of a conninfo whose secrets are concealed", () => {
		const conninfo = "host=n1 user=u password=secret";
		expect(conninfoTo(redactConninfo(conninfo))).toBe(conninfoTo(conninfo));
	});
});
