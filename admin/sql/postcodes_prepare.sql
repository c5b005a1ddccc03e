-- Where the lines of an import wait until all have been read.
-- lane: write
CREATE TEMPORARY TABLE incoming_postcodes (
    country text, postcode text, town text, region text, region_code text, lat float8, lon float8
) ON COMMIT DROP;
