import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { addressesOf, nodeOf, type Situation, sshPort, surveyOf, versionOf } from "./situation.ts";
import { PATHS } from "./survey-script.ts";

/** The first line of every file that is wholly ours: nothing else is ever overwritten. */
export function header({ cluster }: Inventory): string {
	return `# Written by repmgr-console bootstrap for the cluster "${cluster}".`;
}

/** Lines of ours within a file of others. */
export const BLOCK_BEGIN = "# repmgr-console begin";
export const BLOCK_END = "# repmgr-console end";

export function block(lines: readonly string[]): string {
	return [BLOCK_BEGIN, ...lines, BLOCK_END, ""].join("\n");
}

/** The block in a file, as block() makes it; "" if there is none. */
export function blockIn(content: string): string {
	const from = content.indexOf(`${BLOCK_BEGIN}\n`);
	const to = content.indexOf(`\n${BLOCK_END}`, from);
	return from === -1 || to === -1 ? "" : `${content.slice(from, to + 1)}${BLOCK_END}\n`;
}

export function unitOf(version: number): string {
	return `postgresql@${version}-main`;
}

export function bindir(version: number): string {
	return `/usr/lib/postgresql/${version}/bin`;
}

/** A connection to a node's server as repmgr; the password is in the password file. */
export function conninfoOf({ postgresql: { port }, repmgr, tls }: Inventory, node: InventoryNode): string {
	const place = port === 5432 ? `host=${node.host}` : `host=${node.host} port=${port}`;
	return `${place} user=${repmgr.user} dbname=${repmgr.database} connect_timeout=3${tls ? " sslmode=require" : ""}`;
}

export const CREATECLUSTER = (inventory: Inventory): string => `${header(inventory)}
# Installing PostgreSQL must not create and start a server with default settings.
create_main_cluster = false
`;

/** repmgr.conf with everything that this distribution needs, each with its reason. */
export function repmgrConf(situation: Situation, node: InventoryNode): string {
	const { inventory } = situation;
	const { failover, slots } = inventory;
	const version = versionOf(situation);
	const { data } = surveyOf(situation, node);
	const repmgr = `${bindir(version)}/repmgr`;
	const systemctl = (verb: string, unit: string) => `sudo /usr/bin/systemctl ${verb} ${unit}`;
	const port = sshPort(inventory);
	const set = (name: string, value: string | number) => `${name}='${value}'`;
	return [
		header(inventory),
		set("node_id", node.id),
		set("node_name", node.name),
		"# How every node reaches this one. Without connect_timeout a dead node blocks repmgr for minutes.",
		set("conninfo", conninfoOf(inventory, node)),
		set("data_directory", data),
		"# Debian keeps configuration and programs outside of the data directory and PATH.",
		set("config_directory", `/etc/postgresql/${version}/main`),
		set("pg_bindir", bindir(version)),
		"# A slot keeps WAL for a standby that is away.",
		set("use_replication_slots", slots ? "yes" : "no"),
		set("location", node.location),
		"# Of standbys with the same WAL the highest is promoted; 0: never.",
		set("priority", node.priority),
		`# A dead primary is noticed after about ${failover.attempts * failover.intervalSeconds} s (attempts × interval).`,
		set("failover", failover.mode),
		set("reconnect_attempts", failover.attempts),
		set("reconnect_interval", failover.intervalSeconds),
		set("monitor_interval_secs", 2),
		"# repmgrd runs these by itself; siblings follow by their own repmgrd.",
		set("promote_command", `${repmgr} standby promote -f ${PATHS.repmgrConf} --log-to-file`),
		set(
			"follow_command",
			`${repmgr} standby follow -f ${PATHS.repmgrConf} --log-to-file --upstream-node-id=%n`,
		),
		"# A standby that alone has lost the primary asks the others first.",
		set("primary_visibility_consensus", "true"),
		"# systemd must know about every stop and start, else it undoes them.",
		...["start", "stop", "restart", "reload"].map((verb) =>
			set(`service_${verb}_command`, systemctl(verb, unitOf(version))),
		),
		set("repmgrd_service_start_command", systemctl("start", "repmgrd")),
		set("repmgrd_service_stop_command", systemctl("stop", "repmgrd")),
		set("ssh_options", `-q -o ConnectTimeout=5${port === 22 ? "" : ` -p ${port}`}`),
		set("log_file", "/var/log/postgresql/repmgrd.log"),
		set("log_level", "INFO"),
		"",
	].join("\n");
}

/** ~/.pgpass of postgres: libpq wants a line of its own for replication. The same on all hosts. */
export function pgpass({ inventory, passwords }: Situation): string {
	const { nodes, postgresql, repmgr, authentication } = inventory;
	return block(
		nodes.flatMap(({ host }) => {
			const place = `${host.replaceAll(":", "\\:")}:${postgresql.port}`;
			return [
				...(authentication === "trust"
					? []
					: [
							`${place}:${repmgr.database}:${repmgr.user}:${passwords.repmgr}`,
							`${place}:replication:${repmgr.user}:${passwords.repmgr}`,
						]),
				...consoleLines(inventory, host, passwords.console),
			];
		}),
	);
}

export function consoleLines(
	{ console: watcher, postgresql, repmgr }: Inventory,
	host: string,
	password: string,
) {
	if (watcher === null) return [];
	return [`${host.replaceAll(":", "\\:")}:${postgresql.port}:${repmgr.database}:${watcher.user}:${password}`];
}

/** Host keys as each host tells its own over the connection that this console has verified. */
export function knownHosts(situation: Situation): string {
	const { inventory } = situation;
	const port = sshPort(inventory);
	return block(
		inventory.nodes.flatMap((node) => {
			const names = [...new Set([node.host, ...addressesOf(situation, node)])];
			const places = names.map((name) => (port === 22 ? name : `[${name}]:${port}`)).join(",");
			return surveyOf(situation, node).hostkey.map((key) => `${places} ${key}`);
		}),
	);
}

/** Null: not every host has a key yet. */
export function authorizedKeys({ inventory, surveys }: Situation): string | null {
	const keys = inventory.nodes.map(({ name }) => surveys.get(name)?.key);
	return keys.every((key) => key !== undefined) ? block(keys) : null;
}

/** What repmgr and this console have to do as root: these commands, and no others. */
export function sudoers(situation: Situation): string {
	const unit = unitOf(versionOf(situation));
	const verbs = ["start", "stop", "restart", "reload"].flatMap((verb) => [
		`${verb} ${unit}`,
		`${verb} ${unit}.service`,
	]);
	const all = [
		...verbs,
		...["mask", "unmask"].map((verb) => `${verb} ${unit}.service`),
		...["start", "stop", "restart"].flatMap((verb) => [`${verb} repmgrd`, `${verb} repmgrd.service`]),
	];
	return [
		header(situation.inventory),
		"# repmgr's service commands; mask and unmask are for repmgr-console's fence.",
		"Defaults:postgres !requiretty",
		...all.map((words) => `postgres ALL=(root) NOPASSWD: /usr/bin/systemctl ${words}`),
		"",
	].join("\n");
}

/** In place of Debian's init script, whose stop and restart do nothing to a running repmgrd. */
export function repmgrdUnit(situation: Situation): string {
	const version = versionOf(situation);
	return `${header(situation.inventory)}
[Unit]
Description=failover daemon of repmgr
Documentation=https://www.repmgr.org/docs/current/repmgrd.html
Wants=network-online.target
After=network-online.target postgresql.service
# It gives up where its server does not answer, and is to try again without end.
StartLimitIntervalSec=0

[Service]
User=postgres
RuntimeDirectory=repmgrd
ExecStart=${bindir(version)}/repmgrd -f ${PATHS.repmgrConf} --daemonize=false --pid-file=/run/repmgrd/repmgrd.pid
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
}

/** The host that a standby is cloned from, or a witness registered with. */
export function sourceOf(inventory: Inventory, node: InventoryNode): InventoryNode {
	return nodeOf(inventory, node.upstream);
}
