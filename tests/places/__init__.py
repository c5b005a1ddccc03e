"""Places under load and kills.

Clients keep a journal of what was acknowledged to them; invariants.sql has what must hold; each of the three guards against
overbooking is tried by itself. For longer: make places.
"""
