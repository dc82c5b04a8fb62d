import { expect, test } from "vitest";
import { timelinesStatement } from "../../../src/probe/timelines/sql.ts";
import { recordedServer } from "../../support/fixtures.ts";

const { facts } = recordedServer("primary");
const textWith = (changes: Partial<typeof facts>): string =>
	timelinesStatement({ ...facts, canListWal: false, canReadFiles: false, tables: [], ...changes }).text;

test("what may not be called or read is not queried", () => {
	expect(textWith({})).not.toMatch(/pg_ls_waldir|pg_read_file|repmgr\.events/);
	expect(textWith({ canListWal: true })).not.toMatch(/pg_ls_waldir/);
	expect(textWith({ canListWal: true, canReadFiles: true })).toMatch(/pg_ls_waldir[\s\S]*'events', NULL/);
	expect(textWith({ tables: ["nodes"] })).not.toMatch(/repmgr\.events/);
	expect(textWith({ tables: ["events"] })).toMatch(/'histories', NULL[\s\S]*FROM repmgr\.events/);
});
