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

test("who has received more comes first, whatever else speaks for the other", () => {
	expect(
		best({
			2: { server: { ...below3, ...at("0/5000100") }, registered: { priority: 1 } },
			3: { server: { walReceiver: null, ...at("0/5000000") } },
		}),
	).toEqual([2, 3]);
});

test("of equals the upstream of a cascade, which keeps the other attached, though the other has a higher priority", () => {
	expect(
		best({
			2: { server: { ...below3, ...at("0/5000000") }, registered: { priority: 200 } },
			3: { server: { walReceiver: null, ...at("0/5000000") } },
		}),
	).toEqual([3, 2]);
});

test("who must not be promoted by repmgrd comes after an equal, and who tells nothing last", () => {
	const alone = { server: { walReceiver: null, ...at("0/5000000") } };
	expect(best({ 2: { ...alone, registered: { priority: 0 } }, 3: alone })).toEqual([3, 2]);
	expect(best({ 2: { fault: { kind: "refused" } }, 3: { ...alone, registered: { priority: 0 } } })).toEqual([
		3, 2,
	]);
});
