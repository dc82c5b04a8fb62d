import type { CloneHostIntent, CloneIntent } from "../../model/intent.ts";

export interface GivenBarman {
	/** For ssh. */
	readonly host: string;
	/** Barman's own name for the server. */
	readonly server: string;
}

/** repmgr hands both to a shell without quotes (repmgr-action-standby.c, make_barman_ssh_command). */
const GIVEN = /^([A-Za-z0-9_][A-Za-z0-9_.@-]*):([A-Za-z0-9_][A-Za-z0-9_.-]*)$/;

/** "HOST:SERVER" as the operator gave it; null: nothing was given. Undefined: it is not of that form. */
export function barmanFrom(text: string): GivenBarman | null | undefined {
	if (text === "") return null;
	const [, host, server] = GIVEN.exec(text) ?? [];
	return host === undefined || server === undefined ? undefined : { host, server };
}

/** Which Barman a clone is made from; null: that of repmgr.conf. Undefined: none, or none that can be asked. */
export function givenBarman(intent: CloneIntent | CloneHostIntent): GivenBarman | null | undefined {
	return intent.method === "barman" ? barmanFrom(intent.barman ?? "") : undefined;
}
