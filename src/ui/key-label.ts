const KEY_LABELS: Readonly<Record<string, string>> = {
	up: "↑",
	down: "↓",
	left: "←",
	right: "→",
};

/** A key's name as shown to the operator. */
export function keyLabel(key: string): string {
	return KEY_LABELS[key] ?? key;
}
