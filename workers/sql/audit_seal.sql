-- Puts down the seals of entries behind a position. Whoever did so at the same time came to the same seals.
-- position: of the last; transactions, sequences, seals: of each, in their order
-- lane: write
INSERT INTO audit_seals (position, transaction, sequence, seal)
SELECT :'position'::bigint + e.n, e.transaction, e.sequence, decode(e.seal, 'hex')
FROM unnest(:'transactions'::xid8[], :'sequences'::bigint[], :'seals'::text[])
     WITH ORDINALITY AS e (transaction, sequence, seal, n)
ON CONFLICT (position) DO NOTHING;
