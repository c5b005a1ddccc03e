# purpose.awk: files that do not say with their first words what they are for.
#
# The name stands first, so that a line out of its context can be told: "/* arena.c: …". SQL and tests need none.

function begins_with(text, start) {
    return substr(text, 1, length(start)) == start
}

FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    first = $0
}

FNR == 1 && name ~ /\.(c|h|S)$/ && first != "/*" && !begins_with(first, "/* " name ": ") ||
FNR == 2 && name ~ /\.(c|h|S)$/ && first == "/*" && !begins_with($0, " * " name ": ") ||
FNR == 1 && name ~ /\.awk$/     && !begins_with(first, "# " name ": ") ||
FNR == 2 && name ~ /^run$|\.sh$/ && !begins_with($0, "# " name ": ") ||
FNR == 1 && name ~ /\.py$/      && first !~ /^"""[A-Za-z]/ ||
FNR == 1 && name ~ /\.sql$/     && first !~ /^-- [A-Za-z0-9]/ {
    print FILENAME ": does not say what it is for"
}
