import type { HostPackage } from "../../model/packages.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { STALE_FUNCTION } from "../../text/stale.ts";
import { quoted } from "../../text/words.ts";
import { psql, repmgr, scriptOn } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf, programsOn } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { byConsole, step } from "../plan/step.ts";
import { repmgrdAgain, restartSteps, type Takeover } from "./steps.ts";

/**
 * $@ NAME=VERSION. Nothing but these may change, also if the sources have changed since the plan. No configuration file of the
 * host is replaced, nothing asks, and needrestart(1) restarts nothing else.
 */
const INSTALL_SCRIPT = `
DEBIAN_FRONTEND=noninteractive; NEEDRESTART_SUSPEND=1; NEEDRESTART_MODE=l
export DEBIAN_FRONTEND NEEDRESTART_SUSPEND NEEDRESTART_MODE
would=$(apt-get -s --no-install-recommends --only-upgrade install "$@") || exit 1
for name in $(printf '%s\\n' "$would" | sed -n 's/^\\(Inst\\|Remv\\) \\([^ ]*\\).*/\\2/p'); do
  case " $* " in *" $name="*) ;; *) echo "apt would change $name, too: nothing is installed" >&2; exit 1 ;; esac
done
exec apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
  --no-remove --no-install-recommends --only-upgrade install "$@"
`;

/** By its key: the record of an interrupted operation holds no user. */
export function isAsRoot({ key }: Pick<Step, "key">): boolean {
	return /^packages-\d+$/.test(key);
}

export function packageWords(packages: readonly HostPackage[]): readonly string[] {
	return packages.flatMap(({ name, newer }) => (newer === null ? [] : [`${name}=${newer}`]));
}

/** The command for a person's hands. */
export function aptCommand(packages: readonly HostPackage[]): string {
	return `DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Options::=--force-confold --no-remove --no-install-recommends --only-upgrade install ${shellWords(packageWords(packages))}`;
}

/** Debian's postgresql-NN stops the server in its prerm and starts it in its postinst, so that the primary's turn is after the switchover. */
function installStep({ nodeId, nodeName }: NodeView, packages: readonly HostPackage[]): Step {
	return step({
		key: `packages-${nodeId}`,
		title: `install the newer packages on "${nodeName}", which may stop and start its server`,
		command: {
			...{ nodeId, user: "root", sharesSshTo: [] },
			argv: ["sh", "-c", INSTALL_SCRIPT, "sh", ...packageWords(packages)],
			shown: [aptCommand(packages)],
		},
		verification: "apt-get ends with 0",
		wayBack: "See its output, and dpkg --audit. The other nodes are as they were.",
	});
}

/**
 * $1 path of repmgr.conf, then repmgr's words. Debian's init script does not stop a running repmgrd, so its process is ended where
 * that has not worked after five seconds.
 */
const REPMGRD_SCRIPT = `${STALE_FUNCTION}
pid=$(repmgrd_pid "$1"); shift
[ "\${pid:+$(stale "$pid")}" != no ] || { echo "repmgrd $pid runs from the files on disk"; exit 0; }
if [ -n "$pid" ]; then
  "$@" daemon stop --no-wait
  for i in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = repmgrd ] || break
    [ $i -ne 5 ] || kill "$pid"
    sleep 1
  done
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != repmgrd ] || { echo "repmgrd $pid does not end" >&2; exit 1; }
fi
exec "$@" daemon start
`;

function repmgrdStep(facts: Facts, node: NodeView): readonly Step[] {
	const expects = repmgrdAgain(node);
	if (expects.length === 0) return [];
	const { argv } = repmgr(facts, node, []);
	return [
		step({
			key: `repmgrd-${node.nodeId}`,
			title: `restart repmgrd on ${quoted(node)}, unless it runs from the files on disk`,
			command: scriptOn(
				facts,
				node,
				REPMGRD_SCRIPT,
				[node.registered.configFile, ...argv],
				[`${shellWords(argv)} daemon stop`, `${shellWords(argv)} daemon start`],
			),
			expects,
			settleSeconds: 60,
			verification: "its server says that repmgrd runs",
			wayBack: `repmgrd-start ${node.nodeName}`,
		}),
	];
}

/** $1 the server's program, $2 data directory, $3 path of repmgr.conf, $4 "repmgrd" where one is to run, then psql's words. */
const PROOF_SCRIPT = `LC_ALL=C; export LC_ALL
${STALE_FUNCTION}
program=$1; data=$2; conf=$3; wants=$4; shift 4
pid=$(server_pid "$data")
[ "\${pid:+$(stale "$pid")}" = no ] || { echo "the server does not run from the files on disk" >&2; exit 1; }
disk=$("$program" --version | sed 's/^postgres (PostgreSQL) //'); running=$("$@") || exit 1
[ -n "$running" ] && [ "$running" = "$disk" ] || { echo "the server runs $running, and $disk is on disk" >&2; exit 1; }
echo "the server runs $running from the files on disk"
[ "$wants" = repmgrd ] || exit 0
pid=$(repmgrd_pid "$conf")
[ "\${pid:+$(stale "$pid")}" = no ] || { echo "repmgrd does not run from the files on disk" >&2; exit 1; }
echo "repmgrd $pid runs from the files on disk"
`;

function proofStep(facts: Facts, node: NodeView): Step {
	const { nodeId } = node;
	const words = [
		`${programsOn(facts, nodeId)}postgres`,
		hostOf(facts, nodeId).value?.look.dataDirectory ?? "",
		node.registered.configFile,
		node.repmgrd.running === true ? "repmgrd" : "",
		...psql(facts, node, "SHOW server_version").argv,
	];
	return step({
		key: `proof-${nodeId}`,
		title: `see that ${quoted(node)} runs what is installed`,
		command: scriptOn(facts, node, PROOF_SCRIPT, words, [
			`${words[0]} --version; SHOW server_version; no "(deleted)" in /proc/PID/maps of the server and of repmgrd`,
		]),
		verification:
			"the server and repmgrd have loaded no file that was replaced, and the versions are the same",
		wayBack: 'See "status". No further node is touched.',
	});
}

/** A standby or a witness in its place. */
export function upgradeSteps(
	facts: Facts,
	node: NodeView,
	packages: readonly HostPackage[],
): readonly Step[] {
	return [
		...(packages.length === 0 ? [] : [installStep(node, packages)]),
		...restartSteps(facts, node),
		...repmgrdStep(facts, node),
		proofStep(facts, node),
	];
}

/** The old primary once it is a standby. */
export function afterTakeover(
	facts: Facts,
	{ primary, candidate }: Takeover,
	packages: readonly HostPackage[],
): readonly Step[] {
	const [restart] = restartSteps(facts, primary);
	const again: readonly Step[] =
		packages.length === 0 || restart === undefined
			? []
			: [
					installStep(primary, packages),
					restart,
					step({
						key: `back-${primary.nodeId}`,
						title: `see ${quoted(primary)} stream from ${quoted(candidate)}`,
						...byConsole(primary),
						expects: [
							{ kind: "primary", nodeId: candidate.nodeId },
							{ kind: "streaming", nodeId: primary.nodeId, fromNodeId: candidate.nodeId },
							...repmgrdAgain(primary),
						],
						settleSeconds: 120,
						verification: "the new primary is the only one, the old one streams from it, repmgrd runs",
						wayBack: 'See "status".',
					}),
				];
	return [...again, ...repmgrdStep(facts, primary), proofStep(facts, primary)];
}

/** Where the files on disk are of a newer one. Each witness has its own copy. */
export function extensionSteps(facts: Facts, nodeIds: readonly number[]): readonly Step[] {
	return nodeIds.flatMap((nodeId) => {
		const node = nodeOf(facts, nodeId);
		if (node === null) return [];
		return [
			step({
				key: `extension-${nodeId}`,
				title: `update the repmgr extension on ${quoted(node)}`,
				command: psql(
					facts,
					node,
					"ALTER EXTENSION repmgr UPDATE",
					"DO $$BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'repmgr' AND installed_version <> default_version) THEN RAISE EXCEPTION 'the repmgr extension is not of the version on disk'; END IF; END$$",
				),
				verification: "its version is that of the files on disk",
				wayBack: "The old version stays until the command works.",
			}),
		];
	});
}
