/**
 * Whether a stopped server was a standby, by the "Database cluster state" of its control data (DBState in pg_control.h; dbState() in
 * pg_controldata.c). A crash recovery is that of a primary: a standby's is an archive recovery, whatever it reads its WAL from.
 */
export function wasStandby(state: string): boolean {
	return state === "in archive recovery" || state === "shut down in recovery";
}
