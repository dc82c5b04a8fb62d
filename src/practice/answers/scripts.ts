import { CROSSCHECK_SCRIPT } from "../../probe/crosscheck/script.ts";
import { HOST_SCRIPT } from "../../probe/host/script.ts";
import { FOUND_LINES_SCRIPT } from "../../probe/logs/found-script.ts";
import { LOG_SCRIPT } from "../../probe/logs/script.ts";
import {
	LAST_CHECKPOINT_SCRIPT,
	OWN_COMMITS_SCRIPT,
	WAL_DIRECTORY_SCRIPT,
} from "../../probe/own-wal/script.ts";
import { PASSWORDS_SCRIPT } from "../../probe/passwords/script.ts";
import { SETUP_SCRIPT } from "../../probe/setup/script.ts";
import { BARMAN_SURVEY_SCRIPT } from "../../probe/survey/barman-script.ts";
import { CLONE_SURVEY_SCRIPT } from "../../probe/survey/clone.ts";
import { SURVEY_SCRIPT } from "../../probe/survey/script.ts";
import { TIMELINES_SCRIPT } from "../../probe/timelines/script.ts";
import { RUN_SCRIPTS } from "./runs.ts";
import type { ScriptCall } from "./script-call.ts";
import { cloneSurveyOutput } from "./script-clone.ts";
import { crosscheckOutput, foundLinesOutput, logOutput } from "./script-connections.ts";
import { hostOutput, surveyOutput } from "./script-host.ts";
import { passwordsOutput } from "./script-passwords.ts";
import { setupOutput } from "./script-setup.ts";
import { lastCheckpointOutput, ownCommitsOutput, timelinesOutput, walDirectoryOutput } from "./script-wal.ts";

/** What each constant script of the console prints, by its identity. */
export const SCRIPTS: ReadonlyMap<string, (call: ScriptCall) => string | Promise<string>> = new Map([
	[HOST_SCRIPT, hostOutput],
	[SURVEY_SCRIPT, surveyOutput],
	[CLONE_SURVEY_SCRIPT, cloneSurveyOutput],
	// No repmgr.conf there names Barman.
	[BARMAN_SURVEY_SCRIPT, () => "host \nend\n"],
	[SETUP_SCRIPT, setupOutput],
	[PASSWORDS_SCRIPT, passwordsOutput],
	[TIMELINES_SCRIPT, timelinesOutput],
	[LOG_SCRIPT, logOutput],
	[FOUND_LINES_SCRIPT, foundLinesOutput],
	[CROSSCHECK_SCRIPT, crosscheckOutput],
	[WAL_DIRECTORY_SCRIPT, walDirectoryOutput],
	[OWN_COMMITS_SCRIPT, ownCommitsOutput],
	[LAST_CHECKPOINT_SCRIPT, lastCheckpointOutput],
	...RUN_SCRIPTS,
]);
