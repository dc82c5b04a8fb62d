/**
 * An IP address as 4 or 16 bytes, most significant first; null where the text is not one. Not node:net's BlockList, which
 * parses the text at each of the many checks of hba.ts.
 */
export function parseAddress(text: string): readonly number[] | null {
	const plain = text.split("%")[0] ?? "";
	return plain.includes(":") ? parseIpv6(plain) : parseIpv4(plain);
}

function parseIpv4(text: string): readonly number[] | null {
	const parts = text.split(".");
	const bytes = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
	return bytes.length === 4 && bytes.every((byte) => byte < 256) ? bytes : null;
}

function parseIpv6(text: string): readonly number[] | null {
	const halves = text.split("::");
	if (halves.length > 2) return null;
	const [head = [], tail = []] = halves.map(groupBytes);
	if (head === null || tail === null) return null;
	const missing = 16 - head.length - tail.length;
	if (missing < 0 || (halves.length === 1 && missing > 0)) return null;
	return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** "fe80:1" as 4 bytes; the last group may be an IPv4 address. */
function groupBytes(text: string): readonly number[] | null {
	if (text === "") return [];
	const bytes = text.split(":").flatMap((group) => {
		if (group.includes(".")) return parseIpv4(group) ?? [Number.NaN];
		const value = /^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN;
		return [value >> 8, Number.isNaN(value) ? value : value & 0xff];
	});
	return bytes.some(Number.isNaN) ? null : bytes;
}

/** A network: an address in it, and its prefix length. */
export interface Network {
	readonly bytes: readonly number[];
	readonly bits: number;
}

/** "10.0.0.0/8", "10.0.0.1", or an address with a separate mask; null where it is not a network. */
export function parseNetwork(address: string, netmask: string | null): Network | null {
	const [first = "", length] = address.split("/");
	const bytes = parseAddress(first);
	if (bytes === null) return null;
	if (netmask === null) {
		const bits = length === undefined ? bytes.length * 8 : Number(length);
		return Number.isInteger(bits) && bits >= 0 && bits <= bytes.length * 8 ? { bytes, bits } : null;
	}
	const mask = parseAddress(netmask)
		?.map((byte) => byte.toString(2).padStart(8, "0"))
		.join("");
	return mask === undefined || !/^1*0*$/.test(mask) || mask.length !== bytes.length * 8
		? null
		: { bytes, bits: mask.indexOf("0") < 0 ? mask.length : mask.indexOf("0") };
}

export function contains({ bytes, bits }: Network, address: readonly number[]): boolean {
	return (
		bytes.length === address.length &&
		bytes.every((byte, position) => {
			const shift = 8 - Math.max(0, Math.min(8, bits - position * 8));
			return byte >> shift === (address[position] ?? 0) >> shift;
		})
	);
}

/** Any address in 127.0.0.0/8, such as Debian's 127.0.1.1 for the host's own name, or ::1. */
export function isLoopback(address: readonly number[]): boolean {
	return address.length === 4
		? address[0] === 127
		: address.slice(0, 15).every((byte) => byte === 0) && address[15] === 1;
}
