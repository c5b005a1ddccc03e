-- Adds what is new and corrects what is known.
-- lane: write
INSERT INTO postcodes (country, postcode, town, region, region_code, point)
SELECT DISTINCT ON (country, postcode, town)
       country, postcode, town, nullif(region, ''), nullif(region_code, ''), point_of(lat, lon)
FROM incoming_postcodes
ORDER BY country, postcode, town
ON CONFLICT (country, postcode, town) DO UPDATE
SET region = EXCLUDED.region, region_code = EXCLUDED.region_code, point = EXCLUDED.point;
