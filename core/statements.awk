# statements.awk: turns .sql files into a C table of statements; a parameter is written :'name', as in psql.
#
# awk -v part=h|c -v header=PATH -v prefix=SQL -f statements.awk FILE.sql ...
# The lane stands in the first comment: "-- lane: read", "search", "write", "bulk" or "all"; and "-- personal: yes" where it asks for
# what not every caller may see.

function name_of(path) {
    sub(/.*\//, "", path)
    sub(/\.sql$/, "", path)
    return path
}

function escape(text) {
    gsub(/\\/, "&&", text)
    gsub(/"/, "\\\"", text)
    return text
}

# Replaces each :'name' by its number; names are numbered in the order in which they first appear.
function bind(line,    out, found) {
    out = ""
    while (match(line, /:'[a-z_0-9]+'/)) {
        found = substr(line, RSTART + 2, RLENGTH - 3)
        if (!((count, found) in number)) {
            number[count, found] = ++parameters[count]
            parameter[count, parameters[count]] = found
        }
        out = out substr(line, 1, RSTART - 1) "$" number[count, found]
        line = substr(line, RSTART + RLENGTH)
    }
    return out line
}

FNR == 1 {
    count++
    names[count] = name_of(FILENAME)
    lanes[count] = "read"
    personal[count] = "no"
}

/^-- lane: / {
    lanes[count] = $3
}

/^-- personal: / {
    personal[count] = $3
}

{
    line = $0
    if (match(line, /^[ \t]*--/) || match(line, /[ \t]--[ \t]/))
        line = substr(line, 1, RSTART - 1)
    if (line ~ /[^ \t]/)
        text[count] = text[count] "\t\"" escape(bind(line)) "\\n\"\n"
}

END {
    print "/* Made by statements.awk out of the .sql files. */"
    if (part == "h") {
        guard = toupper(prefix) "_STATEMENTS_H"
        print "#ifndef " guard "\n#define " guard "\n\n#include \"core/statement.h\"\n\nenum sql {"
        for (i = 1; i <= count; i++)
            print "\t" prefix "_" toupper(names[i]) ","
        print "\t" prefix "_COUNT\n};\n\nextern const struct statement statements[" prefix "_COUNT];\n\n#endif"
        exit
    }
    print "#include \"" header "\"\n"
    for (i = 1; i <= count; i++) {
        printf "static const char *const parameters_%s[] = { ", names[i]
        for (p = 1; p <= parameters[i]; p++)
            printf "\"%s\", ", parameter[i, p]
        print "0 };"
    }
    print "\nconst struct statement statements[" prefix "_COUNT] = {"
    for (i = 1; i <= count; i++)
        printf "{ \"%s\",\n%s\t, parameters_%s, %d, LANE_%s, %s },\n", names[i], text[i], names[i], parameters[i],
               toupper(lanes[i]), personal[i] == "yes" ? "true" : "false"
    print "};"
}
