import { DROP_ROW_SCRIPT, LOG_IN_SCRIPT, READ_ROW_SCRIPT, WRITE_ROW_SCRIPT } from "../../bootstrap/proof.ts";
import { RECORD_SCRIPT } from "../../bootstrap/record-scripts.ts";
import * as SCRIPTS from "../../bootstrap/scripts.ts";
import { SEEN_FROM_SCRIPT, SURVEY_SCRIPT } from "../../bootstrap/survey-script.ts";
import type { SetUp } from "../cluster/state.ts";
import { notInPractice, type Program } from "../programs/program.ts";
import {
	beginRecord,
	createServer,
	enableDaemon,
	install,
	makeCertificate,
	makeKey,
	writeFile,
} from "./host-steps.ts";
import { printConnection, readCustomers, tryEncryption, writeCustomers } from "./proof.ts";
import { clone, createRole, createWatcher, reload, restartDaemon, runRepmgr, start } from "./server-steps.ts";
import { surveyHost } from "./survey.ts";

type Ran = number | Promise<number>;

const ON_BARE_HOSTS: readonly (readonly [string, (program: Program, setUp: SetUp) => Ran])[] = [
	[SEEN_FROM_SCRIPT, printConnection],
	[SURVEY_SCRIPT, surveyHost],
	[RECORD_SCRIPT, beginRecord],
	[SCRIPTS.WRITE_SCRIPT, writeFile],
	[SCRIPTS.INSTALL_SCRIPT, install],
	[SCRIPTS.KEY_SCRIPT, makeKey],
	[SCRIPTS.CREATE_SCRIPT, createServer],
	[SCRIPTS.CERTIFICATE_SCRIPT, makeCertificate],
	[SCRIPTS.START_SCRIPT, start],
	[SCRIPTS.RELOAD_SCRIPT, reload],
	[SCRIPTS.ROLE_SCRIPT, createRole],
	[SCRIPTS.WATCHER_SCRIPT, createWatcher],
	[SCRIPTS.REPMGR_SCRIPT, runRepmgr],
	[SCRIPTS.CLONE_SCRIPT, clone],
	[SCRIPTS.ENABLE_SCRIPT, enableDaemon],
	[SCRIPTS.REPMGRD_SCRIPT, restartDaemon],
	[WRITE_ROW_SCRIPT, writeCustomers(["Ada"])],
	[READ_ROW_SCRIPT, readCustomers],
	[DROP_ROW_SCRIPT, writeCustomers(null)],
	[LOG_IN_SCRIPT, tryEncryption],
];

/** What a bootstrap's scripts do, on hosts that were bare at the beginning. */
export const SET_UP_SCRIPTS: ReadonlyMap<string, (program: Program) => Ran> = new Map(
	ON_BARE_HOSTS.map(([script, run]) => [
		script,
		(program) => {
			const { setUp } = program.node;
			return setUp === null ? notInPractice(program, "a bootstrap of this host") : run(program, setUp);
		},
	]),
);
