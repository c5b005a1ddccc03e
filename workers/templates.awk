# templates.awk: puts the texts of mails into a C table, in the order in which they are given.
#
# awk -f templates.awk NAME.LANGUAGE.txt ...

FNR == 1 {
    count++
    split(FILENAME, path, "/")
    split(path[length(path)], part, ".")
    name[count] = part[1]
    language[count] = part[2]
}

{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
}

FNR == 1 { subject[count] = $0 }
FNR > 2  { text[count] = text[count] "\t\"" $0 "\\n\"\n" }

END {
    print "/* Made by templates.awk out of the .txt files. */\n#include \"workers/templates.h\"\n"
    print "const struct template templates[] = {"
    for (i = 1; i <= count; i++)
        printf "{ \"%s\", \"%s\", \"%s\",\n%s },\n", name[i], language[i], subject[i], text[i]
    print "{ 0, 0, 0, 0 },\n};"
}
