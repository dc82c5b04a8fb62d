import { isIP } from "node:net";
import {
	authorizedKeys,
	CREATECLUSTER,
	knownHosts,
	pgpass,
	repmgrConf,
	repmgrdUnit,
	sudoers,
	unitOf,
} from "./files.ts";
import { hba } from "./hba.ts";
import { asPostgres, command, type NodeContext } from "./node-context.ts";
import {
	ARCHIVE_SCRIPT,
	CERTIFICATE_SCRIPT,
	CREATE_SCRIPT,
	INSTALL_SCRIPT,
	KEY_SCRIPT,
	RELOAD_SCRIPT,
} from "./scripts.ts";
import { settings } from "./settings.ts";
import type { BootstrapStep } from "./step.ts";
import { PATHS } from "./survey-script.ts";

/** Packages by the major version. */
export function packagesOf(version: number): readonly string[] {
	return [`postgresql-${version}`, `postgresql-${version}-repmgr`, "repmgr", "sudo", "openssh-client"];
}

/** Packages, and what the host needs beside the server. */
export function hostSteps(host: NodeContext): readonly BootstrapStep[] {
	const situation = host.situation;
	const { inventory } = situation;
	const missing = packagesOf(host.version).filter(
		(name) => !host.survey.installed.some(([one]) => one === name),
	);
	const home = host.survey.home ?? PATHS.home;
	const { archive } = host;
	return [
		host.file("no-cluster", "keep the packages from creating a server of their own", [], "createcluster", {
			...{ path: PATHS.createcluster, owner: "root", mode: "644", part: "whole" },
			content: CREATECLUSTER(inventory),
		}),
		host.step(
			"packages",
			"install the packages",
			host.own("no-cluster"),
			missing.length === 0,
			command(INSTALL_SCRIPT, missing, [
				"apt-get update",
				`apt-get install --no-install-recommends ${missing.join(" ")}`,
			]),
		),
		...(archive === null
			? []
			: [
					host.step(
						"archive",
						"see that postgres can write the WAL archive",
						host.own("packages"),
						// The survey has tried it.
						host.survey.home !== undefined,
						command(ARCHIVE_SCRIPT, [archive], [asPostgres(`test -w ${archive}`)]),
					),
				]),
		host.step(
			"key",
			"make an SSH key of postgres",
			host.own("packages"),
			host.survey.key !== undefined,
			command(KEY_SCRIPT, [], [asPostgres(`ssh-keygen -t ed25519 -N '' -f ${home}/.ssh/id_ed25519`)]),
		),
		host.file("known-hosts", "know the other hosts' keys", ["key"], "known_hosts", {
			...{ path: `${home}/.ssh/known_hosts`, owner: "postgres", mode: "600", part: "block" },
			content: knownHosts(situation),
		}),
		host.file("authorized-keys", "let postgres log in from the other hosts", ["key"], "authorized_keys", {
			...{ path: `${home}/.ssh/authorized_keys`, owner: "postgres", mode: "600", part: "block" },
			content: authorizedKeys(situation),
		}),
		...(host.hasPasswords
			? [
					host.file("passwords", "write the passwords", ["packages"], "pgpass", {
						...{ path: `${home}/.pgpass`, owner: "postgres", mode: "600", part: "block" },
						content: pgpass(situation),
					}),
				]
			: []),
		host.file("repmgr-conf", "write repmgr.conf", ["packages"], "repmgr.conf", {
			...{ path: PATHS.repmgrConf, owner: "postgres", mode: "644", part: "whole" },
			content: repmgrConf(situation, host.node),
		}),
		host.file("sudoers", "let postgres control the two services", ["packages"], "sudoers", {
			...{ path: PATHS.sudoers, owner: "root", mode: "440", part: "whole", check: "visudo" },
			content: sudoers(situation),
		}),
		host.file("unit", "write the unit of repmgrd", ["packages"], "unit", {
			...{ path: PATHS.unit, owner: "root", mode: "644", part: "whole" },
			content: repmgrdUnit(situation),
		}),
	];
}

/** PostgreSQL's configuration; a standby's data directory is left empty. */
export function serverSteps(host: NodeContext): readonly BootstrapStep[] {
	const situation = host.situation;
	const survey = host.survey;
	const version = host.version;
	const { postgresql, tls } = situation.inventory;
	const { port, locale, checksums } = postgresql;
	const certificate = tls ? certificateSteps(host) : [];
	const isStandby = host.node.role === "standby";
	const settingsFile = host.file(
		"settings",
		"write PostgreSQL's settings",
		tls ? ["certificate"] : ["create"],
		"settings",
		{
			...{ path: PATHS.settings(version), owner: "postgres", mode: "644", part: "whole" },
			content: settings(situation, host.node),
		},
	);
	const hbaFile = host.file("hba", "let the nodes and this console connect", ["create"], "hba", {
		...{ path: PATHS.hba(version), owner: "postgres", mode: "640", part: "block" },
		content: hba(situation),
	});
	return [
		host.step(
			"create",
			isStandby ? "configure PostgreSQL, with an empty data directory" : "create PostgreSQL's data directory",
			// Of a directory without our repmgr.conf it is not known whose it is.
			host.own("repmgr-conf", ...(host.archive === null ? [] : (["archive"] as const))),
			survey.configured !== undefined && (isStandby || !host.isUnfinished),
			command(
				CREATE_SCRIPT,
				[version, survey.data, port, locale, checksums ? "checksums" : "", isStandby ? "empty" : ""],
				[
					`pg_createcluster -u postgres -d ${survey.data} -p ${port} --locale ${locale} -e UTF8 ${version} main${checksums ? " -- --data-checksums" : ""}`,
					...(isStandby ? [`find ${survey.data} -mindepth 1 -delete   # what initdb has just made`] : []),
				],
			),
		),
		...certificate,
		settingsFile,
		hbaFile,
		...(host.isRunning && [...certificate, settingsFile, hbaFile].some(({ isDone }) => !isDone)
			? [
					host.step(
						"reload",
						"reload PostgreSQL's configuration",
						host.own("settings", "hba"),
						false,
						command(RELOAD_SCRIPT, [version], [`systemctl reload ${unitOf(version)}`]),
					),
				]
			: []),
	];
}

/** One for each host: copies of a host share Debian's own (ssl-cert), private key included. */
function certificateSteps(host: NodeContext): readonly BootstrapStep[] {
	const path = PATHS.certificate(host.version);
	const { name, host: address } = host.node;
	return [
		host.step(
			"certificate",
			"make a certificate of the server",
			host.own("create"),
			host.survey.certificate === "yes",
			command(
				CERTIFICATE_SCRIPT,
				[path, name, `${isIP(address) === 0 ? "DNS" : "IP"}:${address}`],
				[
					asPostgres(
						`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=${name} -keyout ${path}.key -out ${path}.crt`,
					),
				],
			),
		),
	];
}
