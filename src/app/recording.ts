import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { ClusterSettings } from "../config/clusters-schema.ts";
import { type Client, stateDirectory } from "../config/paths.ts";
import { singleFile } from "../record/file.ts";
import { Recorder } from "../record/recorder.ts";
import { Ring } from "../record/ring.ts";
import type { SessionOptions } from "../session/session.ts";
import { warn } from "./this-process.ts";

const DEFAULT_MEGABYTES = 100;
const DEFAULT_DAYS = 14;
const DAY_MS = 86_400_000;

/** Where the records of all clusters lie, each in a directory of its own. */
export function recordsDirectory(client: Client): string {
	return join(stateDirectory(client), "records");
}

/** The directory of a cluster's records. @param identity The system identifier, if others may have the same name. */
export function recordsOf(client: Client, cluster: string, identity: string | null = null): string {
	const name = identity === null ? cluster : `${cluster}-${identity}`;
	// Either may be a path, or "..".
	return join(recordsDirectory(client), encodeURIComponent(name).replaceAll(".", "%2E"));
}

/** Names of recorded clusters that are meant by a name: several clusters may have been reached at the same host. */
export function namesLike(names: readonly string[], name: string): readonly string[] {
	const isMeant = (one: string): boolean => one === name || one.replace(/-\d{1,20}$/, "") === name;
	return names.filter(isMeant);
}

/**
 * Records a session: into a file, or else into the ring of the state directory; null where the configuration says no.
 *
 * @param isNamed The operator gave the cluster its name; else it is a host's, and may lead to another cluster tomorrow.
 */
export function composeRecorder(
	{ name, redact, sshOff, isReadOnly, thresholds, operator }: Omit<SessionOptions, "hostLooks">,
	settings: Pick<ClusterSettings, "record">,
	file: string | boolean | undefined,
	client: Client,
	isNamed = true,
): Recorder | null {
	const { enabled = true, megabytes = DEFAULT_MEGABYTES, days = DEFAULT_DAYS } = settings.record ?? {};
	if (file === false || (file === undefined && !enabled)) return null;
	const files =
		typeof file === "string"
			? singleFile(file)
			: new Ring(isNamed ? recordsOf(client, name) : (identity) => recordsOf(client, name, identity), {
					bytes: megabytes * 2 ** 20,
					ms: days * DAY_MS,
				});
	const by = {
		version: packageJson.version,
		cluster: name,
		who: `${operator.osUser} on ${operator.host}`,
		...{ sshOff, isReadOnly: isReadOnly === true, thresholds: thresholds ?? {} },
	};
	return new Recorder(files, by, redact);
}

/** Says what was not recorded. */
export function endRecording(recorder: Recorder | null): void {
	recorder?.close();
	if (recorder?.problem) warn(recorder.problem);
}
