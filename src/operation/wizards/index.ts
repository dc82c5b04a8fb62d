import { MEMBER_WIZARDS } from "./members.ts";
import { ROLE_WIZARDS } from "./roles.ts";
import { SERVICE_WIZARDS } from "./services.ts";
import type { Wizard } from "./wizard.ts";

/** Everything that can be asked for, in the order of the menu. Fitness is what is seen at once; the plan looks closer. */
export const WIZARDS: readonly Wizard[] = [...ROLE_WIZARDS, ...SERVICE_WIZARDS, ...MEMBER_WIZARDS];
