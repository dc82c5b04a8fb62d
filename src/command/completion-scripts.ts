/** What can be completed for an option or an argument; "text" is whatever the operator wants. */
export type Completes = readonly string[] | "clusters" | "nodes" | "files" | "text";

export interface OptionShape {
	readonly names: readonly string[];
	readonly about: string;
	/** Null: it takes no value. */
	readonly takes: Completes | null;
}

export interface CommandShape {
	readonly name: string;
	readonly about: string;
	/** Of its only argument that can be completed. */
	readonly takes: Completes;
	/** Does it take the options for access, too? */
	readonly hasAccess: boolean;
	readonly options: readonly OptionShape[];
}

export interface Shapes {
	/** How to find a cluster, and how to log in. */
	readonly access: readonly OptionShape[];
	/** Before any command, beside those for access. */
	readonly options: readonly OptionShape[];
	readonly commands: readonly CommandShape[];
}

/** Options with a value, whatever the command: their value is no command. */
function withValue({ access, options, commands }: Shapes): readonly string[] {
	const all = [...access, ...options, ...commands.flatMap((command) => command.options)];
	return [...new Set(all.filter(({ takes }) => takes !== null).flatMap(({ names }) => names))].sort();
}

export function bashScript(shapes: Shapes): string {
	const { access, options, commands } = shapes;
	const complete = (takes: Completes): string => {
		switch (takes) {
			case "clusters":
			case "nodes":
				return `_repmgr_console_names ${takes}`;
			case "files":
				return "compopt -o default";
			case "text":
				return ":";
			default:
				return `_repmgr_console_words '${takes.join(" ")}'`;
		}
	};
	const values = (command: string, own: readonly OptionShape[]): readonly string[] =>
		own.flatMap(({ names, takes }) =>
			takes === null || takes === "text"
				? []
				: [`\t\t${names.map((name) => `${command}' ${name}'`).join(" | ")}) ${complete(takes)}; return ;;`],
		);
	const words = (own: readonly OptionShape[]): string =>
		own.flatMap(({ names }) => names.at(-1) ?? []).join(" ");
	const general = commands.filter(({ hasAccess }) => hasAccess).map(({ name }) => name);
	return `# bash completion for repmgr-console: made by \`repmgr-console completion bash\`.
_repmgr_console_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
# Names are never expanded.
_repmgr_console_names() {
	local name
	while IFS= read -r name; do
		[[ $name == "$cur"* ]] && COMPREPLY+=("$name")
	done < <("\${program/#\\~/$HOME}" completion "$1" "\${which[@]}" 2>/dev/null)
}
_repmgr_console() {
	local program=\${COMP_WORDS[0]} cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= argument= own= word i
	local -a which=()
	COMPREPLY=()
	if [[ $cur == = ]]; then cur=
	elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
	fi
	[[ $prev == : || $cur == : ]] && return
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=\${COMP_WORDS[i]}
		case $word in
		${withValue(shapes).join(" | ")})
			[[ \${COMP_WORDS[++i]} == = ]] && ((i++))
			case $word in --cluster | --config) ((i < COMP_CWORD)) && which+=("$word" "\${COMP_WORDS[i]/#\\~/$HOME}") ;; esac
			while [[ \${COMP_WORDS[i+1]} == [=:]* ]]; do ((i += 2)); done ;;
		-*) ;;
		*) if [[ -z $command ]]; then command=$word; else argument=$word; fi ;;
		esac
	done
	case "$command $prev" in
${[...values("*", access), ...values("", options), ...commands.flatMap((command) => values(command.name, command.options))].join("\n")}
	esac
	((i > COMP_CWORD)) && return
	if [[ $cur == -* ]]; then
		case $command in
		'') own='${words(options)}' ;;
${commands.map(({ name, options: own }) => `\t\t${name}) own='${words(own)}' ;;`).join("\n")}
		esac
		case $command in '' | ${general.join(" | ")}) own+=' ${words(access)}' ;; esac
		_repmgr_console_words "$own"
		return
	fi
	[[ -z $argument ]] || return
	case $command in
	'') _repmgr_console_words '${commands.map(({ name }) => name).join(" ")}' ;;
${commands.flatMap(({ name, takes }) => (takes === "text" ? [] : [`\t${name}) ${complete(takes)} ;;`])).join("\n")}
	esac
}
complete -F _repmgr_console repmgr-console`;
}

/** In single quotes, for zsh's _arguments and _describe: a colon, brackets and a backslash are theirs. */
const zshText = (text: string): string => text.replaceAll(/[\\[\]:]/g, "\\$&").replaceAll("'", "'\\''");

export function zshScript({ access, options, commands }: Shapes): string {
	const action = (takes: Completes): string => {
		switch (takes) {
			case "clusters":
			case "nodes":
				// After a blank it is called as it stands.
				return ` _repmgr_console_names ${takes}`;
			case "files":
				return "_files";
			case "text":
				return " ";
			default:
				return `(${takes.join(" ")})`;
		}
	};
	const specs = (shapes: readonly OptionShape[]): string =>
		shapes
			.flatMap(({ names, about, takes }) =>
				names.map((name) => `'${name}[${zshText(about)}]${takes === null ? "" : `:value:${action(takes)}`}'`),
			)
			.join("\n\t\t");
	const zshCommand = ({ name, takes, hasAccess, options: own }: CommandShape): string =>
		`\t\t${name}) own=(${hasAccess ? "$access " : ""}${takes === "text" ? "" : `'1:${name}:${action(takes)}'`}\n\t\t${specs(own)}) ;;`;
	return `#compdef repmgr-console
_repmgr_console_names() {
	local -a names
	names=("\${(@f)$($program completion $1 $which 2>/dev/null)}")
	compadd -a names
}
_repmgr_console() {
	local context state state_descr line program=\${(Q)words[1]} index
	local -a which commands access own
	typeset -A opt_args
	program=\${program/#\\~/$HOME}
	for index in {2..$#words}; do
		case $words[index] in
		--cluster | --config) (( index + 1 < CURRENT )) && which+=($words[index] \${(Q)words[index+1]/#\\~/$HOME}) ;;
		esac
	done
	access=(
		${specs(access)}
	)
	own=(
		${specs(options)}
	)
	commands=(
${commands.map(({ name, about }) => `\t\t'${name}:${zshText(about)}'`).join("\n")}
	)
	_arguments -C $access $own '1:command:->command' '*::argument:->argument' && return
	case $state in
	command) _describe command commands ;;
	argument)
		own=()
		case $line[1] in
${commands.map(zshCommand).join("\n")}
		esac
		_arguments $own ;;
	esac
}
if [[ $funcstack[1] == _repmgr_console ]]; then _repmgr_console "$@"; else compdef _repmgr_console repmgr-console; fi`;
}

const fishText = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

export function fishScript(shapes: Shapes): string {
	const { access, options, commands } = shapes;
	const general = commands.filter(({ hasAccess }) => !hasAccess).map(({ name }) => name);
	const values = (takes: Completes): string => {
		switch (takes) {
			case "clusters":
			case "nodes":
				return `-x -a '(__repmgr_console_names ${takes})'`;
			case "files":
				return "-r -F";
			case "text":
				return "-x";
			default:
				return `-x -a ${fishText(takes.join(" "))}`;
		}
	};
	const lines = (condition: string, shape: readonly OptionShape[]): readonly string[] =>
		shape.map(({ names, about, takes }) =>
			[
				`complete -c repmgr-console -n ${fishText(condition)}`,
				...names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
				...(takes === null ? [] : [values(takes)]),
				`-d ${fishText(about)}`,
			].join(" "),
		);
	return [
		`# fish completion for repmgr-console: made by \`repmgr-console completion fish\`.
function __repmgr_console_names
	set -l words (commandline -opc)
	set -l which
	for index in (seq 2 (math (count $words) - 1))
		contains -- $words[$index] --cluster --config; and set -a which $words[$index] $words[(math $index + 1)]
	end
	$words[1] completion $argv[1] $which 2>/dev/null
end
# The command, and its argument; false before a command.
function __repmgr_console_given
	set -l words (commandline -opc)
	set -e words[1]
	set -l found
	set -l is_value no
	for word in $words
		if test $is_value = yes
			set is_value no
		else if contains -- $word ${withValue(shapes).join(" ")}
			set is_value yes
		else if not string match -q -- '-*' $word
			set -a found $word
		end
	end
	printf '%s\\n' $found
	test (count $found) -gt 0
end
function __repmgr_console_in
	set -l given (__repmgr_console_given)
	contains -- "$given[1]" $argv
end
function __repmgr_console_wants
	set -l given (__repmgr_console_given)
	test "$given[1]" = $argv[1] -a (count $given) = 1
end
complete -c repmgr-console -f`,
		...lines("not __repmgr_console_given >/dev/null", options),
		...lines(`not __repmgr_console_in ${general.join(" ")}`, access),
		...commands.flatMap(({ name, about, takes, options: own }) => [
			`complete -c repmgr-console -n 'not __repmgr_console_given >/dev/null' -a ${name} -d ${fishText(about)}`,
			...(takes === "text"
				? []
				: [
						`complete -c repmgr-console -n '__repmgr_console_wants ${name}' ${values(takes).replace(/^-x /, "-f ")}`,
					]),
			...lines(`__repmgr_console_in ${name}`, own),
		]),
	].join("\n");
}
