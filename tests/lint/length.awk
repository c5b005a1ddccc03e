# length.awk: lines of more than 100 columns outside of fenced tables, functions of more than 60 lines, long files.
#
# awk -v file_max=400 -f length.awk FILE.c ...

function complain(line, what) {
    print name ":" line ": " what
}

function end_of_file() {
    if (file_max && lines > file_max)
        complain(lines, lines " lines in one file; " file_max " are enough")
}

FNR == 1 {
    if (NR > 1)
        end_of_file()
    name = FILENAME
    fenced = 0
}

{
    lines = FNR
}

/clang-format off/ { fenced = 1 }
/clang-format on/  { fenced = 0 }

# Letters outside of ASCII have one column, whatever bytes follow their first.
!fenced {
    text = $0
    gsub(/[\200-\277]/, "", text)
    while ((tab = index(text, "\t")) > 0)
        text = substr(text, 1, tab - 1) substr("        ", 1, 8 - (tab - 1) % 8) substr(text, tab + 1)
    if (length(text) > 100)
        complain(FNR, length(text) " columns")
}

/^\{$/ { start = FNR }
/^\}$/ && FNR - start - 1 > 60 { complain(start, "a function of " FNR - start - 1 " lines") }

END {
    end_of_file()
}
