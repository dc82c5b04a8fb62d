/** An expected failure, reported in PostgreSQL's style: a lower-case message, then DETAIL and HINT as sentences. */
export class ClusterFailure extends Error {
	readonly detail: string | undefined;
	readonly hint: string | undefined;

	constructor(message: string, more: { readonly detail?: string; readonly hint?: string } = {}) {
		super(more.detail ? `${message}\n${more.detail}` : message);
		this.name = "ClusterFailure";
		this.detail = more.detail;
		this.hint = more.hint;
	}
}

/** The lines a person sees on stderr. */
export function describeFailure(error: unknown): string {
	if (error instanceof AggregateError) return error.errors.map(describeFailure).join("\n");
	if (!(error instanceof ClusterFailure))
		return error instanceof Error ? (error.stack ?? error.message) : String(error);
	const lines = [`ERROR:  ${error.message}`];
	if (error.hint) lines.push(`HINT:  ${error.hint}`);
	return lines.join("\n").replace("\n", error.detail ? "\nDETAIL:  " : "\n");
}
