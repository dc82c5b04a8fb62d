import { PASSWORD_FILE } from "../answers/script-passwords.ts";
import type { Program } from "./program.ts";

/** A host's next password file, which waits for the role's new password. */
const NEXT = "next-password";

/** PREPARE_SCRIPT: the new password and its verifier are its input. */
export function preparePassword({ node, input, print, say }: Program): number {
	if (!/^.+\nSCRAM-SHA-256\$.+\n$/.test(input)) {
		say("the new password has not come");
		return 1;
	}
	node.files.set(NEXT, "");
	print(`the next ${PASSWORD_FILE} has the new password`);
	return 0;
}

/** RENEW_SCRIPT: each host puts its next file in place by itself. */
export async function renewPassword({ cluster, node, print }: Program): Promise<number> {
	await cluster.sleep(300);
	if (!node.isWitness) for (const { files } of cluster.nodes) files.delete(NEXT);
	print("the role has the new password");
	return 0;
}

/** SEE_SCRIPT: PSQL FILE PRIMARY, then of each login NAME CONNINFO. */
export function seePassword({ node, words, print, say }: Program): number {
	if (node.files.has(NEXT)) {
		say("the primary does not accept the new password");
		return 1;
	}
	for (let at = 3; at < words.length; at += 2) print(`${words[at]}: the new password is accepted`);
	return 0;
}

/** END_SCRIPT. */
export function endPassword({ node, print }: Program): number {
	const isBack = node.files.delete(NEXT);
	print(
		`${PASSWORD_FILE} has ${isBack ? "the old password, as before" : "the password that the primary has"}`,
	);
	return 0;
}
