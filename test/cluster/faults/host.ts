import { bootHost, stopHost } from "../host.ts";
import { setCable } from "../network.ts";
import type { Faults } from "./fault.ts";
import { inHost, recoverServer, script } from "./server.ts";

/** $1 the disk's mount point, $2 percent. A tmpfs has no blocks reserved for root, so all free space can be used. */
const FILL = `read -r size free < <(df --output=size,avail --block-size=1 "$1" | tail -1)
fallocate -l $((free - size * (100 - $2) / 100)) "$1/.ballast" || dd if=/dev/zero of="$1/.ballast" bs=1M 2>/dev/null || true
df --output=avail "$1"`;

export const hostFaults: Faults = {
	"stop-host": {
		about: "The host loses its power: it is off, and its address answers nobody.",
		start: async (instance, host) => {
			// Its namespace keeps the address and would refuse connections, where a real host that is off is silent.
			await setCable(instance, host, "down");
			await stopHost(instance.prefix, host.name, { clean: false });
		},
		heal: async (instance, host) => {
			await setCable(instance, host, "up");
			await bootHost(instance, host);
			await recoverServer(instance, host);
		},
	},
	"reject-ssh": {
		about: "sshd does not run: connections are refused.",
		start: async (instance, host) =>
			void (await inHost(instance, host, ["systemctl", "stop", "ssh.service"])),
		heal: async (instance, host) =>
			void (await inHost(instance, host, ["systemctl", "start", "ssh.service"])),
	},
	"fill-disk": {
		about: "The disk of PGDATA is full to the last byte, or to so many percent.",
		usage: "[PERCENT]",
		start: async (instance, host, [percent = "100"]) =>
			void (await script(instance, host, FILL, `/var/lib/postgresql/${instance.postgresVersion}`, percent)),
		heal: async (instance, host) => {
			await inHost(instance, host, ["rm", "-f", `/var/lib/postgresql/${instance.postgresVersion}/.ballast`]);
			await recoverServer(instance, host);
		},
	},
};
