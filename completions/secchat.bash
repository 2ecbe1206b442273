# bash completion for secchat: commands, options, and the people that
# `secchat peers` knows.  Sourced by bash-completion, or by hand.

_secchat_options() {
	local show="--ascii --ca-file --colors --config --help --json --log
		--no-color --no-input --plain --prices-every --prices-sample
		--prices-url --quiet --verbose"
	local chat="$show --accept-intro --accept-new --crypto-worker
		--download-dir --id --key
		--legacy --name --no-prices --pair --passphrase --passphrase-fd --pq
		--prices --rekey-every"

	case $1 in
	host) echo "$chat --keep" ;;
	join) echo "$chat --code-fd --proxy --wait" ;;
	prices) echo "$show --proxy --watch" ;;
	audit) echo "--help --json --live --no-color --only --plain --policy
		--prove --strict" ;;
	peers) echo "--help --json --no-input --quiet" ;;
	id) echo "--help --json --no-input" ;;
	keygen | fingerprint | help) echo "--help" ;;
	esac
}

# Words of the command line's own choice: a name may have blanks in it.
_secchat_names() {
	local name

	while IFS= read -r name; do
		[[ $name == "$2"* ]] && COMPREPLY+=("$(printf %q "$name")")
	done < <("$1" peers -q --no-input 2>/dev/null)
}

_secchat_files() {
	local file

	compopt -o filenames 2>/dev/null
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen -f -- "$1")
}

_secchat_folders() {
	local folder

	compopt -o filenames 2>/dev/null
	while IFS= read -r folder; do
		COMPREPLY+=("$folder")
	done < <(compgen -d -- "$1")
}

_secchat_words() {
	# shellcheck disable=SC2207  # words without blanks
	COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_secchat() {
	local program=$1 word=${COMP_WORDS[COMP_CWORD]} before=$3 command=

	COMPREPLY=()
	((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}
	if [[ -z $command ]]; then
		_secchat_words "host join keygen fingerprint id peers audit
			prices help --help --version" "$word"
		return
	fi
	case $before in
	--key | --log | --config | --ca-file | --crypto-worker)
		_secchat_files "$word"
		return
		;;
	--download-dir)
		_secchat_folders "$word"
		return
		;;
	--name)
		_secchat_names "$program" "$word"
		return
		;;
	--legacy)
		_secchat_words "fernet gcm" "$word"
		return
		;;
	--colors)
		_secchat_words "western eastern blue-orange" "$word"
		return
		;;
	--passphrase-fd | --code-fd | --accept-intro | --rekey-every | \
		--prices-every | --prices-url | --proxy | --only)
		return
		;;
	--policy)
		_secchat_words "secchat secchat-crypto secchat-crypto-legacy secchat-dial
			secchat-file secchat-identity secchat-net secchat-price
			secchat-script secchat-tty" "$word"
		return
		;;
	esac
	if [[ $word == -* ]]; then
		_secchat_words "$(_secchat_options "$command")" "$word"
		return
	fi
	case $command:$before in
	id:id) _secchat_words "show new rename" "$word" ;;
	peers:peers) _secchat_words "list show forget" "$word" ;;
	peers:show | peers:forget) _secchat_names "$program" "$word" ;;
	help:help) _secchat_words "host join keygen fingerprint id peers audit
		prices help" "$word" ;;
	keygen:* | fingerprint:*) _secchat_files "$word" ;;
	esac
}

complete -F _secchat secchat
