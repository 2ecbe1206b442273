# Every function in a header has a comment: in the paragraph (lines without
# an empty one between) of its declaration, above it.  Only init and wipe, the
# pair whose names say everything, may stand without.
#
# usage: awk -f headers.awk HEADER...

function name_of(line) {
	sub(/\(.*/, "", line)
	sub(/.*[ *]/, "", line)
	return line
}

FNR == 1 { commented = 0; in_comment = 0 }

/^$/ { commented = 0 }

/\/\*/ { commented = 1 }

# A declaration begins in the first column and has its bracket in that line.
/^[a-z_][A-Za-z0-9_ *]*\(/ && !/^(typedef|static|return)/ &&
    !/^__attribute__/ {
	if (!commented && name_of($0) !~ /_(init|wipe)$/) {
		printf "%s:%d: %s has no comment\n", FILENAME, FNR,
		    name_of($0)
		broken = 1
	}
}

END { exit broken }
