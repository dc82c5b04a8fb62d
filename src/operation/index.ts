import type { Intent } from "../model/intent.ts";
import { CHANGE } from "./change/change.ts";
import { CLEANUP } from "./cleanup.ts";
import { CLONE } from "./clone/clone.ts";
import { DRILL } from "./drill/drill.ts";
import { FENCE } from "./fence/fence.ts";
import { UNFENCE } from "./fence/unfence.ts";
import { FOLLOW } from "./follow.ts";
import type { Operation } from "./operation.ts";
import { PAUSE, UNPAUSE } from "./pause/pause.ts";
import { PROMOTE } from "./promote/promote.ts";
import { REGISTER, WITNESS_REGISTER } from "./register/register.ts";
import { REJOIN } from "./rejoin/rejoin.ts";
import { REMOVE } from "./remove/remove.ts";
import { REPMGRD_START, REPMGRD_STOP } from "./repmgrd.ts";
import { ROLLING } from "./rolling/rolling.ts";
import { RESTART } from "./service/restart.ts";
import { START } from "./service/start.ts";
import { STOP } from "./service/stop.ts";
import { SWITCHOVER } from "./switchover/switchover.ts";
import { UNREGISTER } from "./unregister.ts";

/** All operations in the order of the menu and of --help. */
export const OPERATIONS: readonly Operation[] = [
	SWITCHOVER,
	PROMOTE,
	FOLLOW,
	REJOIN,
	CLONE,
	FENCE,
	UNFENCE,
	PAUSE,
	UNPAUSE,
	START,
	STOP,
	RESTART,
	ROLLING,
	CHANGE,
	REPMGRD_START,
	REPMGRD_STOP,
	REGISTER,
	WITNESS_REGISTER,
	UNREGISTER,
	REMOVE,
	CLEANUP,
	DRILL,
];

/** Undefined for "resume", which only a plan has that resumes an interrupted operation. */
export function operationOf(kind: Intent["kind"]): Operation | undefined {
	return OPERATIONS.find((one) => one.kind === kind || one.alsoPlans?.includes(kind));
}
