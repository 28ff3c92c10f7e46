"""Work whose length somebody else chooses: within a budget of CPU time here, or in a process apart.

`budget` interrupts pure Python on the main thread, `process` has the work done by a child with hard
limits, `child` is that child's program.
"""
