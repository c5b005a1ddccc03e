-- Towns are words that searches are forgiven towards.
-- lane: write
SELECT search_words_learn(string_agg(DISTINCT town, ' ')) FROM incoming_postcodes;
