import { linearChannels } from "../../src/config/contrast.ts";

type Matrix = readonly (readonly [number, number, number])[];

/** Machado, Oliveira and Fernandes 2009, severity 1.0, on linear light: no red or no green cones. */
export const COLOUR_BLINDNESS: Readonly<Record<string, Matrix>> = {
	protanopia: [
		[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998],
	],
	deuteranopia: [
		[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881],
	],
};

/** How far apart two colours look, in CIELAB (CIE76): about 2 is just noticeable, 100 is black and white. */
export function difference(one: string, other: string, deficiency?: Matrix): number {
	const [left, right] = [one, other].map((colour) => lab(seen(linearChannels(colour), deficiency)));
	return Math.hypot(...[0, 1, 2].map((axis) => (left?.[axis] ?? 0) - (right?.[axis] ?? 0)));
}

function seen(linear: readonly number[], deficiency: Matrix | undefined): readonly number[] {
	return deficiency === undefined
		? linear
		: multiply(deficiency, linear).map((part) => Math.min(1, Math.max(0, part)));
}

function multiply(matrix: Matrix, vector: readonly number[]): readonly number[] {
	return matrix.map((row) => row.reduce((sum, factor, column) => sum + factor * (vector[column] ?? 0), 0));
}

/** IEC 61966-2-1: from sRGB's light to CIE XYZ, for white D65. */
const TO_XYZ: Matrix = [
	[0.4124, 0.3576, 0.1805],
	[0.2126, 0.7152, 0.0722],
	[0.0193, 0.1192, 0.9505],
];

function lab(linear: readonly number[]): readonly [number, number, number] {
	const [x = 0, y = 0, z = 0] = multiply(TO_XYZ, linear);
	const [fx, fy, fz] = [cubeRoot(x / 0.9505), cubeRoot(y), cubeRoot(z / 1.089)];
	return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

function cubeRoot(part: number): number {
	return part > (6 / 29) ** 3 ? Math.cbrt(part) : part / (3 * (6 / 29) ** 2) + 4 / 29;
}
