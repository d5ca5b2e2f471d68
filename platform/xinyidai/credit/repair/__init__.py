"""Credit repair 信用修复 and objections: how long a record is displayed, and how it ends before its time."""
