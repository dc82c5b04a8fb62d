import { expect, test } from "vitest";
import { halfRewound } from "../../src/diagnosis/rules/half-rewound.ts";
import { diagnose } from "../support/diagnose.ts";
import { failedOver, stopped } from "../support/reach.ts";
import { inShort, judge, since } from "../support/worlds.ts";

test("HALF_REWOUND fires for a directory whose rewind broke off, and takes the place of STANDBY_DOWN", () => {
	const world = since(60, failedOver(stopped("shut down", { isHalfRewound: true })));
	const [found] = judge(halfRewound, world);
	expect(found?.hint).toContain("clone node1");
	expect(found?.doNot).toContain("Do not start");
	const codes = inShort(diagnose(world));
	expect(codes).toContain("critical HALF_REWOUND 1");
	expect(codes).not.toContain("warning STANDBY_DOWN 1");
});

test("does not fire otherwise", () => {
	expect(judge(halfRewound, since(60, failedOver(stopped("shut down"))))).toEqual([]);
});
