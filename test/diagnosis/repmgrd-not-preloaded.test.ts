import { expect, test } from "vitest";
import { repmgrdNotPreloaded } from "../../src/diagnosis/rules/repmgrd-not-preloaded.ts";
import { inShort, judge, worldOf } from "../support/worlds.ts";

const preloading = (libraries: string | undefined) =>
	worldOf({
		2: {
			server: {
				settings: libraries === undefined ? {} : { shared_preload_libraries: libraries },
				repmgrd: null,
			},
		},
	});

test.each(["", "pg_stat_statements", "pg_stat_statements, not_repmgr", "repmgrx"])(
	"fires: '%s'",
	(libraries) => {
		const findings = judge(repmgrdNotPreloaded, preloading(libraries));
		expect(inShort(findings)).toEqual(["warning REPMGRD_NOT_PRELOADED 2"]);
		expect(findings[0]?.evidence[0]?.text).toBe(`shared_preload_libraries = '${libraries}'`);
	},
);

test("keeps the libraries that are already preloaded", () => {
	expect(judge(repmgrdNotPreloaded, preloading("pg_stat_statements"))[0]?.doNot).toContain(
		"pg_stat_statements would be lost",
	);
});

test.each(["repmgr", "pg_stat_statements, repmgr", '"repmgr"', "$libdir/repmgr", "repmgr.so,auto_explain"])(
	"does not fire: '%s'",
	(libraries) => {
		expect(judge(repmgrdNotPreloaded, preloading(libraries))).toEqual([]);
	},
);

test("does not fire where the setting can't be read", () => {
	expect(judge(repmgrdNotPreloaded, preloading(undefined))).toEqual([]);
	const silent = { server: { settings: { shared_preload_libraries: "" } }, fault: {} };
	expect(judge(repmgrdNotPreloaded, worldOf({ 2: silent }))).toEqual([]);
});
