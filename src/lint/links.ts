/** A page of repmgr's manual. */
export function repmgrManual(page: string): string {
	return `https://www.repmgr.org/docs/current/${page}.html`;
}

/** A page of PostgreSQL's manual. */
export function postgresManual(page: string): string {
	const [name, anchor] = page.split("#");
	return `https://www.postgresql.org/docs/current/${name}.html${anchor === undefined ? "" : `#${anchor}`}`;
}

/** The place of a setting in PostgreSQL's manual. */
export function settingManual(page: string, setting: string): string {
	return postgresManual(`runtime-config-${page}#GUC-${setting.toUpperCase().replaceAll("_", "-")}`);
}

/** An issue of EnterpriseDB/repmgr. */
export function issue(number: number): string {
	return `https://github.com/EnterpriseDB/repmgr/issues/${number}`;
}
