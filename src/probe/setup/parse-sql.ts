import type { Outcome } from "../../model/fault.ts";
import type {
	FileErrors,
	HbaSetup,
	PrivilegedSetup,
	RoleSetup,
	ServerSetup,
	SettingSetup,
} from "../../model/setup.ts";
import type { SetupRights } from "./sql.ts";

/** The one value of the setup statement, as JSON. */
export interface SetupAnswer {
	readonly version: number;
	readonly address: string | null;
	readonly settings: readonly {
		readonly name: string;
		readonly value: string;
		readonly file: string | null;
		readonly line: number | null;
		readonly pendingRestart: boolean;
	}[];
	readonly role: RoleSetup | null;
	readonly monitoringHistoryBytes: number | null;
	readonly logicalSlots: readonly string[];
	readonly syncedSlots: readonly string[];
	readonly physicalSlots: ServerSetup["physicalSlots"];
	readonly followsWithDatabase: boolean | null;
	readonly repmgrVersion: string | null;
	readonly hba:
		| readonly {
				readonly file: string | null;
				readonly line: number;
				readonly type: string | null;
				readonly databases: readonly string[] | null;
				readonly users: readonly string[] | null;
				readonly address: string | null;
				readonly netmask: string | null;
				readonly method: string | null;
				readonly error: string | null;
		  }[]
		| null;
	readonly fileErrors:
		| readonly {
				readonly file: string | null;
				readonly line: number | null;
				readonly name: string | null;
				readonly message: string;
		  }[]
		| null;
}

/** A server's configuration, read by SQL. */
export interface ServerParts {
	readonly server: Outcome<ServerSetup>;
	readonly privileged: Outcome<PrivilegedSetup>;
	readonly hba: Outcome<HbaSetup>;
	readonly fileErrors: Outcome<FileErrors>;
}

export function parseSetupAnswer(answer: SetupAnswer, rights: SetupRights): ServerParts {
	const { settings: rows, hba, fileErrors, ...server } = answer;
	const settings = new Map(
		rows.map(({ name, value, file, line, pendingRestart }): [string, SettingSetup] => [
			name,
			{ value, place: file === null ? null : { file, line }, pendingRestart },
		]),
	);
	const denied = (what: string, right: string): Outcome<never> => ({
		fault: { kind: "permission", message: `permission denied for ${what}`, hint: right },
	});
	return {
		server: { value: { ...server, settings } },
		privileged: rights.canReadSettings
			? { value: { settings, pendingRestart: pendingRestarts(settings) } }
			: denied("configuration settings", "Be a member of pg_monitor or pg_read_all_settings."),
		hba: hba === null ? denied("view pg_hba_file_rules", "Be a superuser.") : { value: hbaOf(hba) },
		fileErrors:
			fileErrors === null
				? denied("view pg_file_settings", "Be a superuser.")
				: {
						value: fileErrors.map(({ file, line, name, message }) => ({
							name: name ?? "",
							message,
							place: { file: file ?? "postgresql.conf", line },
						})),
					},
	};
}

function pendingRestarts(settings: ReadonlyMap<string, SettingSetup>): PrivilegedSetup["pendingRestart"] {
	return [...settings].flatMap(([name, { pendingRestart, place }]) =>
		pendingRestart ? [{ name, place: place ?? { file: "postgresql.conf", line: null } }] : [],
	);
}

function hbaOf(rows: NonNullable<SetupAnswer["hba"]>): HbaSetup {
	const placeOf = ({ file, line }: (typeof rows)[number]) => ({ file: file ?? "pg_hba.conf", line });
	return {
		rules: rows.flatMap((row) =>
			row.type === null || row.method === null
				? []
				: [
						{
							place: placeOf(row),
							type: row.type,
							databases: row.databases ?? [],
							users: row.users ?? [],
							address: row.address,
							netmask: row.netmask,
							method: row.method,
						},
					],
		),
		problems: rows.flatMap((row) =>
			row.error === null ? [] : [{ message: row.error, place: placeOf(row) }],
		),
	};
}
