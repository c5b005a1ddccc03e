# migrations.awk: puts the migrations into a C table, in the order in which they are given.

FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    names[++count] = name
}

{
    line = $0
    gsub(/\\/, "&&", line)
    gsub(/"/, "\\\"", line)
    text[count] = text[count] "\t\"" line "\\n\"\n"
}

END {
    print "/* Made by migrations.awk out of the .sql files. */\n#include \"admin/migrate.h\"\n"
    print "const struct migration migrations[] = {"
    for (i = 1; i <= count; i++)
        printf "{ \"%s\",\n%s },\n", names[i], text[i]
    print "{ 0, 0 },\n};"
}
