import { recordFindings } from "../../src/assess/finding-periods.ts";
import type { World } from "../../src/diagnosis/world.ts";
import type { ConsoleState } from "../../src/store/console-store.ts";
import { diagnoseSnapshot } from "../../src/store/diagnose-snapshot.ts";
import { fakeSession } from "./fake-session.ts";
import { detached, everybodyLostIt, failedOver, frozen, stopped, withRepmgrd } from "./reach.ts";
import { NOW, repmgrd, sender, slot } from "./records.ts";
import { diskReading, since, worldOf } from "./worlds.ts";

/** What the console's store has of a world that began to be as it is one second ago. */
export function stateOf(world: World): ConsoleState {
	const { snapshot, history, thresholds } = world;
	const base = fakeSession(snapshot.nodes.map(({ registered }) => registered)).store.getState();
	const diagnosed = diagnoseSnapshot(snapshot, history, thresholds);
	return {
		...base,
		registrations: snapshot.nodes.map(({ registered }) => registered),
		snapshot: diagnosed,
		history,
		findingPeriods: recordFindings(new Map(), diagnosed, NOW - 1000, NOW - 60_000).periods,
		now: NOW,
	};
}

const crashed = stopped("in production");
const streams = [sender(63, { applicationName: "node3", clientAddress: "10.99.1.13" })];

/** Ten nights, as the console sees them, and whether the console can repair each by a plan. */
export const INCIDENTS: Readonly<Record<string, World>> = {
	"a dead primary, failover paused": since(
		12,
		withRepmgrd({ 1: crashed, ...everybodyLostIt(12) }, { paused: true }),
	),
	"the old primary is down after a failover": since(3600, failedOver(crashed)),
	"a split brain": since(3, failedOver({ server: { walSenders: [], slots: [], currentLsn: "0/5000400" } })),
	"a dead standby": since(60, { 2: stopped("shut down in recovery") }),
	"a standby without upstream": since(60, {
		1: { server: { walSenders: streams, slots: [slot("repmgr_slot_2", null), slot("repmgr_slot_3", 63)] } },
		2: detached(),
	}),
	"repmgrd is not running": worldOf({
		2: { server: { repmgrd: repmgrd({ running: false, pid: null }) }, host: { repmgrd: false } },
	}),
	"repmgrd is paused": worldOf(withRepmgrd({}, { paused: true }, [1, 2, 3, 4])),
	"a dead witness": since(60, { 4: stopped("shut down") }),
	"a witness under a former primary": worldOf({ 4: { registered: { upstreamNodeId: 2 } } }),
	"a standby registered under another upstream": worldOf({ 3: { registered: { upstreamNodeId: 2 } } }),
	"a frozen primary": since(30, { 1: frozen, ...everybodyLostIt(30) }),
	"a full disk": worldOf({ 1: { host: { disks: diskReading(1) } } }),
};
