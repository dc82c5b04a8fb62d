import calm from "./calm.json" with { type: "json" };
import deadPrimary from "./dead-primary.json" with { type: "json" };
import deadPrimaryManual from "./dead-primary-manual.json" with { type: "json" };
import everythingAtOnce from "./everything-at-once.json" with { type: "json" };
import firstSetUp from "./first-set-up.json" with { type: "json" };
import forgottenPause from "./forgotten-pause.json" with { type: "json" };
import fullDisk from "./full-disk.json" with { type: "json" };
import halfDoneSwitchover from "./half-done-switchover.json" with { type: "json" };
import laggingStandby from "./lagging-standby.json" with { type: "json" };
import lostSlot from "./lost-slot.json" with { type: "json" };
import { SCENARIO, type Scenario } from "./scenario.ts";
import splitBrain from "./split-brain.json" with { type: "json" };
import staleWitness from "./stale-witness.json" with { type: "json" };

const FILES: readonly unknown[] = [
	calm,
	firstSetUp,
	forgottenPause,
	laggingStandby,
	lostSlot,
	staleWitness,
	deadPrimary,
	deadPrimaryManual,
	halfDoneSwitchover,
	fullDisk,
	everythingAtOnce,
	splitBrain,
];

/** All scenarios, the easiest first. */
export const SCENARIOS: readonly Scenario[] = FILES.map((file) => SCENARIO.parse(file));
