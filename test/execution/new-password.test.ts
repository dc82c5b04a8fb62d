import { expect, test } from "vitest";
import { makePassword, newPasswordInput, scramVerifier } from "../../src/execution/new-password.ts";
import { unfitPassword } from "../../src/operation/change/unfit-password.ts";

test("a password that is made is accepted, and another one each time", () => {
	const made = Array.from({ length: 20 }, makePassword);
	expect(new Set(made).size).toBe(20);
	expect(made.map(unfitPassword).filter((why) => why !== null)).toEqual([]);
});

test("a verifier is what PostgreSQL 15 itself stores for that password and salt", () => {
	const salt = Buffer.from("NP0wMAqSiTCAHED41MjqwA==", "base64");
	expect(scramVerifier(`ne:w\\ pa'ss$word"1`, salt)).toBe(
		"SCRAM-SHA-256$4096:NP0wMAqSiTCAHED41MjqwA==$67jPm12yg4tmQYo5V4W7bHcUFCUhCadD1VTwpiAp5+E=:M8YBITlHxs039jONUu5j9+kQK0lS8sVNLElMSmnZtV0=",
	);
	expect(newPasswordInput("a:b\\c")).toMatch(/^a\\:b\\\\c\nSCRAM-SHA-256\$4096:.+\n$/);
});
