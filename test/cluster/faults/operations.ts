import type { Faults } from "./fault.ts";
import { findPrimary, inHost, recoverServer, script } from "./server.ts";

/** As postgres; $1 the old primary. Kills repmgr once the primary is down, while repmgr still checks that over SSH. */
const KILLED_SWITCHOVER = `repmgr -f /etc/repmgr.conf standby switchover --siblings-follow >/tmp/switchover.log 2>&1 &
repmgr=$!
until pg_isready -q -h "$1" -t 1; [ $? = 2 ]; do
  kill -0 "$repmgr" || { cat /tmp/switchover.log >&2; exit 1; }
  sleep 0.01
done
kill -KILL "$repmgr"`;

export const operationFaults: Faults = {
	"abort-switchover": {
		about:
			"A switchover to the standby died once the primary was down: nobody is promoted, repmgrd is paused.",
		start: async (instance, host) => {
			const primary = await findPrimary(instance, host);
			await inHost(instance, host, ["bash", "-c", KILLED_SWITCHOVER, "bash", primary.name], {
				user: "postgres",
				timeoutMs: 60_000,
			});
		},
		heal: async (instance) => {
			for (const host of instance.hosts) await recoverServer(instance, host);
			const [first] = instance.hosts;
			if (first)
				await script(instance, first, "runuser -u postgres -- repmgr -f /etc/repmgr.conf service unpause");
		},
	},
};
