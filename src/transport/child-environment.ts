/**
 * The environment for ssh, its ProxyCommand and other programs on this machine, with messages in English. libpq's variables
 * stay out: PGPASSWORD is meant for this console alone.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
	const own = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
	return { ...Object.fromEntries(own), LC_ALL: "C", ...more };
}
