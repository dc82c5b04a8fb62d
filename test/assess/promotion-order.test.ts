import { expect, test } from "vitest";
import { byPromotionFitness } from "../../src/assess/promotion-order.ts";
import { receiver } from "../support/records.ts";
import { type Changes, worldOf } from "../support/worlds.ts";

const best = (changes: Changes) => {
	const { nodes } = worldOf({ 1: { fault: { kind: "refused" } }, ...changes }).snapshot;
	const standbys = nodes.filter(({ registered }) => registered.type === "standby");
	return byPromotionFitness(standbys, nodes).map(({ nodeId }) => nodeId);
};
const at = (receiveLsn: string) => ({ receiveLsn, replayLsn: receiveLsn });
const below3 = { walReceiver: receiver({ senderHost: "node3" }) };

test("puts the standby that received more first", () => {
	expect(
		best({
			2: { server: { ...below3, ...at("0/5000100") }, registered: { priority: 1 } },
			3: { server: { walReceiver: null, ...at("0/5000000") } },
		}),
	).toEqual([2, 3]);
});

test("prefers a cascade's upstream among equals, whatever the priorities", () => {
	expect(
		best({
			2: { server: { ...below3, ...at("0/5000000") }, registered: { priority: 200 } },
			3: { server: { walReceiver: null, ...at("0/5000000") } },
		}),
	).toEqual([3, 2]);
});

test("puts priority 0 behind an equal one, and an unknown position last", () => {
	const alone = { server: { walReceiver: null, ...at("0/5000000") } };
	expect(best({ 2: { ...alone, registered: { priority: 0 } }, 3: alone })).toEqual([3, 2]);
	expect(best({ 2: { fault: { kind: "refused" } }, 3: { ...alone, registered: { priority: 0 } } })).toEqual([
		3, 2,
	]);
});
