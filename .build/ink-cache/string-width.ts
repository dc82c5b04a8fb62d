import stringWidth, { type Options } from "string-width";
import { remember } from "./remember.ts";

const known = remember(stringWidth);

// biome-ignore lint/style/noDefaultExport: as the package it stands for
export default function (text: string, options?: Options): number {
	return options === undefined ? known(text) : stringWidth(text, options);
}
