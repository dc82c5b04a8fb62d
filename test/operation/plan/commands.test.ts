import { expect, test } from "vitest";
import { psql } from "../../../src/operation/plan/commands.ts";
import { factsOf } from "../../support/facts.ts";

test.each([
	["host=n1 user='repmgr' dbname='repmgr'", "repmgr", "repmgr"],
	["host=n1 user=rep\\ mgr dbname=r", "rep mgr", "r"],
	["postgresql://n1/repmgr?user=repmgr", "repmgr", "repmgr"],
	["postgresql://rep%40mgr@n1/db", "rep@mgr", "db"],
])("psql logs in with role and database of the registered conninfo %s", (conninfo, user, database) => {
	const facts = factsOf({}, { 1: { registered: { conninfo } } });
	const node = facts.snapshot.nodes.find(({ nodeId }) => nodeId === 1);
	if (node === undefined) throw new Error("no node 1");
	expect(psql(facts, node, "SELECT 1").argv.join(" ")).toContain(` -U ${user} -d ${database} `);
});
