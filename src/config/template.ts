import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Configured, refuse, systemCode, systemMessage } from "../text/message.ts";

/**
 * What `config init` writes. As in postgresql.conf, settings stand commented out with one "#", ready to be
 * uncommented; explanations have "##". A test uncomments everything and checks it.
 */
export const clustersFileTemplate = `## Clusters for repmgr-console: "repmgr-console --cluster NAME" opens one.
## "repmgr-console config check" says what is wrong with this file, by line.
##
## No passwords here, please: ~/.pgpass is read, with one line a node or "*" for the host.

## For all clusters that do not say otherwise; any key of a cluster may stand here.
#defaults:
#  interval_seconds: 1          ## between two looks at a node, 0.2 to 3600
#  theme: dark                  ## dark, light, high-contrast, colour-blind, mono, or the path of your own
##    Of the table of nodes, from the left; on a narrow terminal some of them give way.
#  columns: [id, node, role, status, upstream, timeline, lsn, lag, trend, repmgrd, location, priority, age]
#  bell: true                   ## the terminal rings, and notifies, on a new critical finding
##    What the console records of what it sees, for "repmgr-console replay"; the oldest files go.
#  record: {enabled: true, megabytes: 100, days: 14}
#  mouse: false                 ## true: click and wheel; text is then selected with Shift held
##    Other keys than those that "?" shows; signs and digits stand in quotes, [] takes all keys away.
#  keys:
#    quit: [q, ctrl+q]
#    filter.open: ["/", ctrl+f]
#  ssh:
#    user: postgres             ## who logs in; by default what ~/.ssh/config or your own name says

#clusters:
#  prod:
##    Any one node, as for psql: keyword/value or URI. The others are found in repmgr.nodes.
#    conninfo: "host=pg1.example.com,pg2.example.com user=repmgr dbname=repmgr connect_timeout=5"
##    Or, on a node itself, the file repmgr uses:
#    repmgr_conf: /etc/repmgr.conf
#    theme: high-contrast       ## to tell clusters apart at a glance
#    read_only: false           ## true: look, but never change anything

##    From when on something is worth saying; here with what counts where nothing is said.
#    thresholds:
#      grace_seconds: 10              ## a standby may be away for so long: a restart takes that
##      These four have the names that they have in repmgr.conf, which is asked where nothing is said here.
#      replication_lag_warning: 300   ## seconds
#      replication_lag_critical: 600
#      archive_ready_warning: 16      ## WAL files that wait to be archived
#      archive_ready_critical: 128
#      disk_warning_percent: 85       ## used
#      disk_critical_percent: 95
#      slot_warning_mb: 1024          ## of WAL, kept back for a slot that nobody uses
#      connections_warning_percent: 90
#      clock_skew_seconds: 2
#      upstream_unseen_seconds: 15    ## since when repmgrd has not seen its upstream
#      views_disagree_seconds: 45     ## how long copies of repmgr.nodes may differ

##    How commands reach the hosts.
#    ssh:
#      enabled: true            ## false: SQL only
#      user: admin
#      port: 22
#      identity: ~/.ssh/id_ed25519
#      accept_new_host_keys: false
#      via: auto                ## auto, ssh2 (built in) or system (the ssh program)
#      become: postgres         ## who runs repmgr there, through sudo

##    Only for nodes that this machine sees elsewhere than their siblings do, or to have more ways in
##    when the first node is down. The key is the node's name or ID in repmgr.nodes.
##    "hostaddr" changes where we connect but keeps the name that a certificate is checked against.
#    nodes:
#      pg1: {host: 203.0.113.11, port: 15432, ssh: {host: bastion.example.com, port: 2211}}
#      2: {hostaddr: 203.0.113.12}
`;

/** Writes the commented file, readable by its owner only, unless there is one. Its value is the path. */
export function writeTemplate(path: string): Configured<string> {
	try {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		writeFileSync(path, clustersFileTemplate, { flag: "wx", mode: 0o600 });
		return { value: path };
	} catch (error) {
		if (systemCode(error) === "EEXIST" && existsSync(path))
			return refuse({
				message: `configuration file "${path}" already exists`,
				detail: "It was left as it is.",
				hint: "Give another path with --config FILE, or move the file away.",
				exitCode: 64,
			});
		return refuse({
			message: `could not write configuration file "${path}": ${systemMessage(error)}`,
			exitCode: 78,
		});
	}
}
