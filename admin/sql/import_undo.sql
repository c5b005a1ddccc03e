-- Brings back what was there before an import, except what somebody changed since.
-- lane: write
SELECT CASE WHEN done.problem = 'conflict' THEN 'only the import of its source that was applied last can be undone'
            ELSE done.problem END AS problem,
       import_document(:'import'::uuid) #>> '{summary,undone,kept}' AS kept
FROM import_undo(:'import'::uuid, :'now'::timestamptz, '{"command": "import"}') AS done (problem);
