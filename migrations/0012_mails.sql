-- 0012_mails.sql: addresses that take no mails.

-- Nothing is written to them any more. Which address it is, only whoever knows both it and our key can tell.
CREATE TABLE suppressed_addresses (
    address bytea PRIMARY KEY,          -- its keyed hash, the same every day
    since   timestamptz NOT NULL,
    status  text NOT NULL               -- the codes of SMTP and RFC 3463, never words: they quote addresses
        CHECK (status ~ '^[245][0-9]{2}( [245](\.[0-9]{1,3}){2})?$|^[245](\.[0-9]{1,3}){2}$')
);
