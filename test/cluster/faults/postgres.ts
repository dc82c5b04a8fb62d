import type { Faults } from "./fault.ts";
import { dataDirectoryOf, inHost, recoverServer, requireStandby, script, serverUnit } from "./server.ts";

/** $1 the data directory. A postmaster's pid file outlives a kill, so a server that is gone is no error here. */
const KILL = `read -r pid < "$1/postmaster.pid"
children=$(pgrep -P "$pid" || true)
kill -KILL "$pid"
for _ in $(seq 100); do
  kill -0 "$pid" $children 2>/dev/null || exit 0
  sleep 0.1
done
echo "some of the processes $pid $children live on" >&2
exit 1`;

/** $1 the data directory, $2 "all" or "postmaster". The postmaster first: once it is stopped there are no new children. */
const FREEZE = `read -r pid < "$1/postmaster.pid"
kill -STOP "$pid"
if [ "$2" = all ]; then kill -STOP $(pgrep -P "$pid"); fi`;

const THAW = `read -r pid < "$1/postmaster.pid"
kill -CONT $(pgrep -P "$pid") "$pid"`;

const REPLAY = "^postgres: .*startup recovering";

/** $1 unit. */
const HANG_STOP = `directory=/run/systemd/system/$1.service.d
mkdir -p "$directory"
printf '[Service]\\nExecStop=\\nExecStop=/bin/sleep 3600\\nExecStop=/usr/bin/pg_ctlcluster --skip-systemctl-redirect -m fast %%i stop\\n' > "$directory/hang.conf"
systemctl daemon-reload`;

/** $1 unit, $2 data directory. In good order: systemd would send SIGTERM, on which a server waits for its clients. */
const STOP_AGAIN = `rm -f "/run/systemd/system/$1.service.d/hang.conf"
systemctl daemon-reload
[ "$(systemctl is-active "$1")" = deactivating ] || exit 0
runuser -u postgres -- /usr/lib/postgresql/*/bin/pg_ctl stop -m fast -D "$2" || true
kill "$(systemctl show -P ControlPID "$1")" || true
for i in $(seq 100); do [ "$(systemctl is-active "$1")" = deactivating ] || exit 0; sleep 0.1; done; exit 1`;

export const postgresFaults: Faults = {
	"stop-postgres": {
		about: "PostgreSQL is stopped cleanly.",
		start: async (instance, host) =>
			void (await inHost(instance, host, ["systemctl", "stop", serverUnit(instance)])),
		heal: recoverServer,
	},
	"kill-postgres": {
		about: "The postmaster is killed with SIGKILL, as the OOM killer does.",
		start: async (instance, host) => void (await script(instance, host, KILL, dataDirectoryOf(instance))),
		heal: recoverServer,
	},
	"freeze-postgres": {
		about: "Every process of the server stands still: connections are accepted and nothing answers.",
		start: async (instance, host) =>
			void (await script(instance, host, FREEZE, dataDirectoryOf(instance), "all")),
		heal: async (instance, host) => void (await script(instance, host, THAW, dataDirectoryOf(instance))),
	},
	"freeze-postmaster": {
		about: "Only the postmaster stands still: sessions go on, new connections hang.",
		start: async (instance, host) =>
			void (await script(instance, host, FREEZE, dataDirectoryOf(instance), "postmaster")),
		heal: async (instance, host) => void (await script(instance, host, THAW, dataDirectoryOf(instance))),
	},
	"freeze-replay": {
		about:
			"The process that replays WAL stands still, as on a disk that hangs: the standby receives and falls behind.",
		start: async (instance, host) => {
			await requireStandby(instance, host);
			await script(instance, host, `pkill -STOP -f "${REPLAY}"`);
		},
		heal: async (instance, host) => void (await script(instance, host, `pkill -CONT -f "${REPLAY}"`)),
	},
	"hang-stop": {
		about: "The service manager's command to stop the server hangs before it does anything.",
		start: async (instance, host) => void (await script(instance, host, HANG_STOP, serverUnit(instance))),
		heal: async (instance, host) => {
			await script(instance, host, STOP_AGAIN, serverUnit(instance), dataDirectoryOf(instance));
			await recoverServer(instance, host);
		},
	},
};
