/** Options of every command that needs a cluster: how to find it and how to log in. */
export interface AccessOptions {
	readonly dbname?: string;
	readonly file?: string;
	readonly cluster?: string;
	readonly config?: string;
	readonly sshUser?: string;
	readonly sshPort?: number;
	readonly identity?: string;
	readonly ssh: boolean;
	readonly acceptNewHostKeys: boolean;
	readonly readOnly?: boolean;
	readonly intervalSeconds?: number;
	/** Longest time that a command waits for nodes and hosts. */
	readonly waitSeconds?: number;
	/** Name of a theme or path of a theme file; for the screen only. */
	readonly theme?: string;
}
