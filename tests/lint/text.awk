# What every text file of the tree keeps to: at most 80 columns (a tab goes to
# the next multiple of 8; 132 in a table between clang-format off and on), and
# no space at the end of a line.  With wide=1 any width.
#
# usage: awk -f text.awk [wide=1] FILE...

function columns(line,    n, i, c) {
	n = 0
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		n = c == "\t" ? n - n % 8 + 8 : n + 1
	}
	return n
}

function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	broken = 1
}

FNR == 1 { most = 80 }
/clang-format off/ { most = 132 }
/clang-format on/ { most = 80 }

# Bytes are counted, so a line with anything but ASCII is let through.
!wide && length($0) > 20 && $0 !~ /[\200-\377]/ && columns($0) > most {
	bad("more than " most " columns")
}

/[ \t]$/ { bad("space at the end of the line") }

/\r/ { bad("carriage return") }

END { exit broken }
