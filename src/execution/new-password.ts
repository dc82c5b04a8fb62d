import { createHash, createHmac, pbkdf2Sync, randomBytes, randomInt } from "node:crypto";
import type { Step } from "../operation/plan/plan.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 32;

/** A password that needs quotes nowhere: 190 bits. */
export function makePassword(): string {
	return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/** A step with the new password as its input, if it takes it. Without one it must not begin. */
export function withNewPassword(step: Step, password: string | null): Step {
	if (step.command.takes === undefined) return step;
	if (password === null) throw new Error("the new password is not known");
	return { ...step, command: { ...step.command, input: newPasswordInput(password) } };
}

/** As a line each: the last field of a line of a password file, and what the server stores. */
export function newPasswordInput(password: string): string {
	return `${password.replaceAll(/[\\:]/g, "\\$&")}\n${scramVerifier(password)}\n`;
}

const ITERATIONS = 4096;

/**
 * What pg_authid has of a password (scram_build_secret() in scram-common.c), so that neither the server nor its log ever sees the
 * password itself. RFC 5802, section 3. Only for passwords that unfitPassword() accepts.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
	const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
	const keyed = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
	const stored = createHash("sha256").update(keyed("Client Key")).digest();
	const words = [stored, keyed("Server Key")].map((key) => key.toString("base64"));
	return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${words.join(":")}`;
}
