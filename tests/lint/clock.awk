# clock.awk: SQL that asks PostgreSQL what time it is; only runde_now() may.

/^CREATE (OR REPLACE )?FUNCTION runde_now\(/ { is_ours = 1 }

!is_ours {
    text = tolower($0)
    sub(/--.*/, "", text)
    gsub(/:'now'|runde_now *\(/, "", text)
    if (text ~ /(now|(transaction|statement|clock)_timestamp|timeofday) *\(/ ||
        text ~ /current_(date|time)|localtime/ || text ~ /'(now|today|tomorrow|yesterday)'/)
        print FILENAME ":" FNR ": " $0
}

/\$\$;?$/ && !/AS \$\$/ { is_ours = 0 }
