import type { Plan, Prerequisite, Requested } from "./plan.ts";

export function refused(message: string, detail: string, hint: string): Requested {
	return { refusal: { message, detail, hint, prerequisites: [] } };
}

/** The plan, unless one of its prerequisites has failed. */
export function refusedUnless(
	title: string,
	prerequisites: readonly Prerequisite[],
	plan: () => Plan,
): Requested {
	const failures = prerequisites.filter(({ state }) => state === "failed");
	const [first] = failures;
	if (first === undefined) return { plan: plan() };
	const others = failures.length === 1 ? "" : ` ${failures.length - 1} more have failed.`;
	return {
		refusal: {
			message: `${title} is refused: not so: ${first.title}`,
			detail: `${first.found}${others}`,
			hint: first.fix ?? "",
			prerequisites,
		},
	};
}
