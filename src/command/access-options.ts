/** How to find the cluster and get in: options of every command that needs one. */
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
	/** Nothing may be changed. */
	readonly readOnly?: boolean;
	readonly intervalSeconds?: number;
	/** For so long a command waits for nodes and hosts. */
	readonly waitSeconds?: number;
	/** The name of a theme, or the path of a theme file; only the screen asks for it. */
	readonly theme?: string;
}
