# Which headers a source file may include, by directory: the layers of
# docs/architecture.md.  Prints one line for each include that breaks them,
# and exits with 1 when there was one.
#
# usage: awk -f layers.awk FILE...      (paths from the top of the tree)

BEGIN {
	# library header: the directories that may include it
	allowed["sodium.h"]  = "noise crypto identity"
	allowed["jansson.h"] = "script price"
	allowed["openssl/crypto.h"] = "legacy"
	allowed["openssl/evp.h"] = "legacy"
	allowed["openssl/hmac.h"] = "legacy"
	allowed["seccomp.h"] = "jail sandbox audit"
	allowed["linux/landlock.h"] = "jail sandbox super identity audit"
	allowed["linux/seccomp.h"] = "jail sandbox"
	allowed["linux/filter.h"] = "jail sandbox audit"
	allowed["curl/curl.h"] = "price"

	# our headers that only upper layers may see: the lowest first
	level["util"] = 0
	level["text"] = level["ipc"] = level["jail"] = level["wire"] = 1
	level["sandbox"] = level["people"] = level["quote"] = 1
	level["noise"] = level["vault"] = 2
	need["text.h"] = 1
	need["ipc.h"] = need["ipc_msgs.h"] = need["sandbox.h"] = 1
	need["wire.h"] = need["people.h"] = 1
	need["noise.h"] = need["vault.h"] = 2

	# of the processes, only these hold keys and read frames
	only["noise.h"] = "noise crypto identity canary"
	only["vault.h"] = "vault crypto legacy"
	only["wire.h"] = "wire noise crypto canary"
	only["people.h"] = "people super cli"

	# the one directory that uses another's headers
	uses["cli"] = "super"
}

# A main in bin/ belongs to its process: bin/secchat-net.c to net.
function directory(path,    part, n) {
	n = split(path, part, "/")
	if (part[1] == "bin") {
		sub(/\.c$/, "", part[2])
		if (part[2] == "secchat-crypto-legacy")
			return "legacy"
		return part[2] == "secchat" ? "cli" : substr(part[2], 9)
	}
	return part[1] == "src" && n > 2 ? part[2] : part[1]
}

function has(list, word) {
	return index(" " list " ", " " word " ") > 0
}

function bad(why) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, header, why
	broken = 1
}

# "secchat/x.h" from include/, or a header of a directory in src/.
function ours(    dir, part, n, owner, name) {
	dir = directory(FILENAME)
	n = split(header, part, "/")
	name = part[n]
	if (part[1] == "secchat") {
		if (dir in level && need[name] + 0 > level[dir])
			bad("belongs to a layer above src/" dir)
		else if (name in only && FILENAME ~ /^src\// &&
		    !has(only[name], dir))
			bad("only for " only[name])
		return
	}
	owner = n > 1 ? part[n - 1] : dir
	if (owner != dir && !has(uses[dir], owner))
		bad(dir " does not use src/" owner)
}

FILENAME !~ /^(src|sandbox|include|bin)\// { nextfile }

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	system_header = $0 ~ /</
	header = $0
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*/, "", header)
	if (!system_header)
		ours()
	else if (header in allowed && !has(allowed[header],
	    directory(FILENAME)))
		bad("only for " allowed[header])
}

END { exit broken }
