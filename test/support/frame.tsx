import { Text } from "ink";
import { render } from "ink-testing-library";
import type { ReactElement } from "react";

/** ink-testing-library's terminal has 100 columns and no height, for which Ink would run tput(1) at each frame: this one has a size. */
let width = 100;
const { stdout, unmount } = render(<Text />);
unmount();
Object.defineProperties(Object.getPrototypeOf(stdout), {
	columns: { get: () => width },
	rows: { value: 24 },
});

/** What Ink draws of a tree on a terminal so wide, styles included. */
export function frameAt(columns: number, tree: ReactElement): string {
	width = columns;
	const screen = render(tree);
	const frame = screen.lastFrame() ?? "";
	screen.unmount();
	screen.cleanup();
	return frame;
}
