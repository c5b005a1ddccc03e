-- The middle of a postcode's places, as the parameter near is written.
-- lane: read
SELECT avg(ST_Y(point::geometry)) || ',' || avg(ST_X(point::geometry)) AS near
FROM postcodes
WHERE country = :'country' AND postcode = :'postcode'
HAVING count(*) > 0;
