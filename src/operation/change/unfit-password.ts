const SHORTEST = 8;
/** A line of a password file has at most 320 bytes before PostgreSQL 14. */
const LONGEST = 128;

/** Why a password is not accepted, as a sentence; null: it is. */
export function unfitPassword(password: string): string | null {
	if (password.length < SHORTEST) return `It has fewer than ${SHORTEST} characters.`;
	if (password.length > LONGEST) return `It has more than ${LONGEST} characters.`;
	// Of others libpq and servers of different versions make different bytes (SASLprep).
	return /^[\x20-\x7e]*$/.test(password) ? null : "It has other characters than those of ASCII that print.";
}
