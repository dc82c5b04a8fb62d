/** sudo's own limit. */
const MOST_LENGTH = 255;

/** Can sudo be given this on one line of its input? */
export function isPassword(text: string): boolean {
	return text.length > 0 && text.length <= MOST_LENGTH && !/\p{Cc}/u.test(text);
}
