import type { Message } from "../text/message.ts";

/** Why the cluster can't be made as the inventory says. */
export interface Refusal extends Message {
	/** The key of the inventory that it is about, such as "postgresql.port"; "hosts" for which hosts they are. */
	readonly key?: string;
	/** sudo on some hosts asks for a password, and none was given. */
	readonly asksForSudoPassword?: true;
	/** Another console holds the hosts, and its work can be taken over. */
	readonly canTakeOver?: true;
}
