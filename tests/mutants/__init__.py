"""Whether the tests would notice: the core with one small change at a time, and who complains."""
