"""Jobs under kills.

Clients add them, workers and PostgreSQLs are killed, workers sleep past their leases. A trigger records what becomes of each job
(journal.sql), and checker.py says what must hold of that record. For longer: make jobs.
"""
