import { diagnose as diagnoseWorld } from "../../src/diagnosis/index.ts";
import type { World } from "../../src/diagnosis/world.ts";
import type { Finding } from "../../src/model/finding.ts";

/** All findings, without what is only explained. */
export function diagnose(world: World): readonly Finding[] {
	return diagnoseWorld(world).findings;
}
